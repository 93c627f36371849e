/*
 * The lease: one word (term, pid) and an expiry. Two workers take, renew,
 * release, stop for any time and die; the clock runs on by itself. Every
 * atomic step of src/poller/lease.cc is a step here.
 *
 *  - one term never has two holders, and terms never run back;
 *  - at no instant do two workers pass the fence (holds), so of two that
 *    think they lead only one writes.
 *
 * PLANTED: a new holder keeps the term of the one before, and the fence looks
 *   at the term alone.
 * PLANTED_CUT: the expiry is stored as it is, also where that shortens it,
 *   and a taker does not exchange the word but stores it.
 */

#define WORKERS 2
#define LENGTH 2
#define END 5

byte term, holder;    /* the word */
byte expiry;
byte now = 1;
bool gone[WORKERS + 1];
byte my_term[WORKERS + 1];  /* under which term each believes to lead */
byte owner_of[20];          /* who was the holder in each term */
byte kills = 1;

#ifdef PLANTED
#define HOLDS(p) (my_term[p] != 0 && my_term[p] == term && now < expiry)
#else
#define HOLDS(p) (my_term[p] != 0 && my_term[p] == term && holder == p && \
                  now < expiry)
#endif

#define MAY_DIE \
    if \
    :: atomic { kills > 0 -> kills--; gone[me] = true; my_term[me] = 0 } \
        goto dead \
    :: true \
    fi

#define EXTEND(until) \
    atomic { \
        if \
        :: expiry < until -> expiry = until \
        :: else \
        fi \
    }

proctype Worker(byte me)
{
    byte t, h, e, at;
    byte left = 2;
    do
    :: left == 0 || now == END -> break
    :: left > 0 && now < END ->
        left--;
        atomic { t = term; h = holder; at = now }
        MAY_DIE;
        if
        :: h == me ->
            EXTEND(at + LENGTH);
            MAY_DIE;
            if
            :: term == t && holder == me -> my_term[me] = t
            :: else -> my_term[me] = 0
            fi
        :: else ->
            e = expiry;
            MAY_DIE;
            if
            :: at < e && h != 0 && !gone[h] -> my_term[me] = 0
            :: else ->
                atomic {
                    if
#ifdef PLANTED_CUT
                    :: true ->
#else
                    :: term == t && holder == h ->
#endif
#ifdef PLANTED
                        holder = me;
                        if
                        :: t == 0 -> term = 1
                        :: else
                        fi;
                        my_term[me] = term
#else
                        assert(owner_of[t + 1] == 0);
                        term = t + 1;
                        holder = me;
                        owner_of[term] = me;
                        my_term[me] = term
#endif
#ifndef PLANTED_CUT
                    :: else -> my_term[me] = 0
#endif
                    fi
                }
                MAY_DIE;
#ifdef PLANTED_CUT
                expiry = at + LENGTH
#else
                EXTEND(at + LENGTH)
#endif
            fi
        fi;
        MAY_DIE;
        /* A poll and its report: guarded by the fence at the instant. */
        assert((HOLDS(1) -> 1 : 0) + (HOLDS(2) -> 1 : 0) <= 1);
        if
        :: holder == me ->
            t = term;
            MAY_DIE;
            atomic {
                if
                :: term == t && holder == me -> holder = 0
                :: else
                fi
            };
            my_term[me] = 0
        :: true
        fi
    od;
    goto done;
dead:
    skip;
done:
    skip
}

proctype Clock()
{
    do
    :: now < END -> now++
    :: now == END -> break
    od
}

init
{
    atomic {
        run Worker(1);
        run Worker(2);
        run Clock()
    }
}
