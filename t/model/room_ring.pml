/*
 * A ring of records: one writer, who may die at any step and is followed by
 * another, and a reader. Every step of src/room/ring.cc that another process can
 * see is a step here; that a process stops for any time is what interleaving
 * means. Explored exhaustively by run.sh.
 *
 *  - a reader never takes a record that is not whole, or not the one that was
 *    committed there;
 *  - what it got and what it was told to have lost are all there was.
 *
 * PLANTED: the tail is moved after the words are written.
 * PLANTED_LOOK: the reader looks at the tail before it copies.
 */

#define WORDS 4
#define RECORDS 5

byte word[WORDS];
byte head, tail;             /* words ever written; a record has two */
byte committed[RECORDS + 1]; /* what was committed as each record */
byte attempts, kills = 2;
bool finished;

#define MAY_DIE \
    if \
    :: kills > 0 -> kills--; goto next \
    :: true \
    fi

#define MAKE_ROOM \
    if \
    :: h - tail + 2 > WORDS -> tail = tail + 2 \
    :: else \
    fi

proctype Writer()
{
    byte h;
next:
    do
    :: head / 2 < RECORDS && attempts < RECORDS + 2 ->
        attempts++;
        h = head;
#ifndef PLANTED
        MAKE_ROOM;
        MAY_DIE;
#endif
        word[h % WORDS] = attempts;
        MAY_DIE;
        word[(h + 1) % WORDS] = attempts;
        MAY_DIE;
#ifdef PLANTED
        MAKE_ROOM;
        MAY_DIE;
#endif
        atomic { committed[h / 2] = attempts; head = h + 2 }
        MAY_DIE
    :: else -> break
    od;
    finished = true
}

proctype Reader()
{
    byte h, a, b, t, at, got, lost;
    do
    :: h = head;
        if
        :: at == h && finished && head == h -> break
        :: at != h ->
#ifdef PLANTED_LOOK
            t = tail;
#endif
            a = word[at % WORDS];
            b = word[(at + 1) % WORDS];
#ifndef PLANTED_LOOK
            t = tail;
#endif
            if
            :: t <= at ->
                assert(a == b && a == committed[at / 2]);
                got++;
                at = at + 2
            :: else ->
                lost = lost + (t - at) / 2;
                at = t
            fi
        :: else
        fi
    od;
    assert(got + lost == head / 2)
}

init
{
    atomic {
        run Writer();
        run Reader()
    }
}
