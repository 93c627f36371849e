/*
 * The slot: two buffers, one published word, a claim, a count of changes.
 * Every step of src/slot/writer.cc and buffers.cc that another process can
 * see is a step here, and a writer may die before any of them; that one stops
 * for any time is what interleaving means. Explored exhaustively by run.sh.
 *
 *  - a reader never takes a record that is not whole, nor one older than it
 *    took before, and never finds the published one spoiled;
 *  - when all is quiet and one tick went by, the sleeper that waits for the
 *    count of changes shows the last change, and nobody is kept out.
 *
 * LIES: a writer that merely stopped may be believed gone. Then a published
 *   buffer may be spoiled, but is never taken for whole, and a tick repairs. Wake-ups are not promised then: a
 *   late writer may store an older `announced` or `due`.
 * PLANTED: the word is published before the buffer is complete.
 * PLANTED_WAKE: changes is raised before the word is published.
 * PLANTED_DUE: the slot is called settled before its change was raised.
 */

#define WRITERS 2
#define FREE 0
#define TICKER 9

byte word_seq, word_idx;           /* the published word */
byte stamp[2], one[2], two[2], sum[2];  /* the buffers */
byte claim, changes, announced;
bool due;                          /* whoever settles next has to look */
bool gone[10];
#ifdef LIES
byte kills = 0;
#else
byte kills = 1;
#endif
byte finished;
byte value_of[10];                 /* what was published as each seq */

byte shown, heard;                 /* the sleeper's */

#ifdef LIES
#define BELIEVED_GONE(p) (p != TICKER)
#else
#define BELIEVED_GONE(p) gone[p]
#endif

/* A record is its writer and its seq; the sum is the digest of all of it. */
#define VALUE(me, s) ((me) * 16 + (s))
#define WHOLE(i, s) (stamp[i] == (s) && one[i] == sum[i] && \
                     two[i] == sum[i] && sum[i] % 16 == (s) && sum[i] != 0)

#define MAY_DIE \
    if \
    :: atomic { kills > 0 && me != TICKER -> kills--; gone[me] = true } \
        goto dead \
    :: true \
    fi

#define FILL \
    stamp[at] = was + 1; MAY_DIE; \
    one[at] = VALUE(me, was + 1); MAY_DIE; \
    atomic { two[at] = VALUE(me, was + 1); sum[at] = two[at] } MAY_DIE

#define EXCHANGE \
    atomic { \
        fenced = (word_seq != was || word_idx != was_idx); \
        if \
        :: !fenced -> word_seq = was + 1; word_idx = at; \
            value_of[word_seq] = VALUE(me, was + 1) \
        :: fenced \
        fi \
    }

/* One write. `tick`: publish only where the record is spoiled. */
inline write(tick)
{
    seen = claim;
    MAY_DIE;
    if
    :: seen == FREE || seen == me || BELIEVED_GONE(seen)
    :: else -> goto busy
    fi;
    MAY_DIE;
    atomic {
        if
        :: claim == seen -> claim = me
        :: else -> goto busy
        fi
    }
    MAY_DIE;
    atomic { was = word_seq; was_idx = word_idx; at = 1 - was_idx }
    fenced = false;
    if
    :: !tick || (was > 0 && !WHOLE(was_idx, was)) ->
        due = true;
        MAY_DIE;
#ifdef PLANTED
        EXCHANGE;
        MAY_DIE;
        FILL;
#else
#ifdef PLANTED_WAKE
        changes++; announced = was + 1;
#endif
        FILL;
        EXCHANGE;
        MAY_DIE;
#endif
        if
        :: fenced -> due = true; goto busy
        :: else -> was = was + 1
        fi
    :: else
    fi;
#ifdef PLANTED_DUE
    due = false;
    MAY_DIE;
#endif
    if
    :: announced != was ->
        changes++;
        MAY_DIE;
        announced = was;
        MAY_DIE
    :: else
    fi;
    due = false;
    MAY_DIE;
busy:
    atomic {
        if
        :: claim == me -> claim = FREE
        :: else
        fi
    }
}

/* Whoever dies may come again under another pid. */
proctype Writer(byte me)
{
    byte seen, was, was_idx, at;
    bool fenced;
    byte left = 1;
again:
    do
    :: left > 0 -> left--; goto work
    :: left == 0 -> break
    od;
    goto done;
work:
    write(false);
    goto again;
dead:
    atomic {
        me = me + WRITERS;
        if
        :: left = 1
        :: left = 0
        fi
    }
    goto again;
done:
    finished++;
}

proctype Reader()
{
    byte s, i, a, b, c, d, last, left = 2;
    do
    :: left > 0 ->
        left--;
        atomic { s = word_seq; i = word_idx }
        if
        :: s > 0 ->
            a = stamp[i];
            b = one[i];
            c = two[i];
            d = sum[i];
            if
            :: a == s && b == d && c == d && d % 16 == s ->
                assert(s >= last);
                last = s;
#ifndef LIES
                assert(d == value_of[s])
#endif
            :: else ->
                if
                :: word_seq == s ->
#ifndef LIES
                    assert(false);  /* published, not overtaken, and spoiled */
#endif
                    due = true
                :: else
                fi
            fi
        :: else
        fi
    :: left == 0 -> break
    od;
    finished++
}

/* A worker: sleeps until changes moves, then shows what is there. */
proctype Sleeper()
{
end:
    do
    :: changes != heard ->
        heard = changes;
        shown = word_seq
    od
}

/* The tick of a living worker when all others are done or dead. */
proctype Ticker(byte me)
{
    byte seen, was, was_idx, at;
    bool fenced;
    finished == WRITERS + 1;
    /* A reader comes by first, and asks for a repair where it is needed. */
    if
    :: word_seq > 0 && !WHOLE(word_idx, word_seq) -> due = true
    :: else
    fi;
    if
    :: due ->
        write(true)
    :: else
    fi;
    assert(word_seq == 0 || WHOLE(word_idx, word_seq));
#ifndef LIES
    assert(announced == word_seq);
    assert(!due);
    changes == heard && timeout;
    assert(shown == word_seq);
#endif
dead:
    skip
}

init
{
    atomic {
        run Writer(1);
        run Writer(2);
        run Reader();
        run Sleeper();
        run Ticker(TICKER)
    }
}
