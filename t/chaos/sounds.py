"""What befalls the source of a sound."""
from fault import Fault


async def cut(station):
    """Some of its bytes may be lost on the way: its burst has them again."""
    sound = station.sound
    before = sound.source.accepted
    sound.source.cut()
    await station.until(lambda: sound.source.accepted >= before + 2, 10,
                        "the sound is not asked for again")
    station.count("cuts of the sound")


FAULTS = [
    Fault("source of the sound is cut", cut, often=True,
          log=(r"onair pull of .* ended",
               r"(recv|readv)\(\) failed \(104: Connection reset by peer\)")),
]
