/*
 * Three processes add the same name to the table of rooms at once, and one of
 * them may die at any step. Every step of Rooms::publish() that another can see
 * is a step here.
 *
 *  - all who live end with the same room, and it is found once.
 *
 * PLANTED: a word is put in settled, without a second look.
 * PLANTED_MISSED: a rival that settles while it is taken out is passed over.
 */

#define N 3 /* processes */
#define WORDS 3
#define FREE 0
#define UNSETTLED(room) (room)
#define SETTLED(room) ((room) + 8)

byte word[WORDS];
byte kills = 1;
byte finished;
byte got[N + 1];
bool dead[N + 1];

#define MAY_DIE \
    if \
    :: kills > 0 -> kills--; goto died \
    :: true \
    fi

proctype Adder(byte me)
{
    short i;
    byte mine, seen, rival;
again:
    mine = WORDS;
    i = 0;
    do
    :: i < WORDS && mine == WORDS ->
        atomic {
            if
            :: word[i] == FREE ->
#ifdef PLANTED
                word[i] = SETTLED(me);
#else
                word[i] = UNSETTLED(me);
#endif
                mine = i
            :: else
            fi
        }
        i++
    :: else -> break
    od;
    MAY_DIE;
    if
    :: mine == WORDS -> goto again
    :: else
    fi;
#ifdef PLANTED
    got[me] = me;
    goto done;
#endif
    i = 0;
    rival = 0;
    do
    :: i < WORDS && rival == 0 ->
        if
        :: i != mine ->
            seen = word[i];
            if
            :: seen > 8 -> rival = seen - 8
            :: seen != FREE && seen < 8 ->
                atomic {
                    if
                    :: word[i] == seen -> word[i] = FREE
                    :: else ->
#ifndef PLANTED_MISSED
                        i-- /* it is another now: look again */
#endif
                    fi
                }
                MAY_DIE
            :: else
            fi
        :: else
        fi;
        i++
    :: else -> break
    od;
    if
    :: rival != 0 ->
        atomic {
            if
            :: word[mine] == UNSETTLED(me) -> word[mine] = FREE
            :: else
            fi
        }
        got[me] = rival;
        goto done
    :: else
    fi;
    MAY_DIE;
    atomic {
        if
        :: word[mine] == UNSETTLED(me) -> word[mine] = SETTLED(me); got[me] = me
        :: else
        fi
    }
    if
    :: got[me] == 0 -> goto again
    :: else -> goto done
    fi;
died:
    dead[me] = true;
done:
    finished++
}

init
{
    byte i, settled, room;
    atomic {
        run Adder(1);
        run Adder(2);
        run Adder(3)
    }
    finished == N;
    i = 0;
    do
    :: i < WORDS ->
        if
        :: word[i] > 8 -> settled++; room = word[i] - 8
        :: else
        fi;
        i++
    :: else -> break
    od;
    assert(settled <= 1);
    i = 1;
    do
    :: i <= N ->
        assert(dead[i] || got[i] == room);
        i++
    :: else -> break
    od
}
