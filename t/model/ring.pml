/*
 * The ring of sound: one word of term and count, records, bytes. Every step of
 * src/sound/ring_writer.cc and ring.cc that another process can see is a step
 * here; a writer may stop for ever or for any time before each, as any of them
 * takes over from the one before whenever it likes. Explored exhaustively by
 * run.sh, in a ring that does not go round: what a writer does that was stopped
 * for longer than that, digests show.
 *
 *  - a reader takes no chunk that was not published;
 *  - the bytes of what it takes are those that were published: no writer that
 *    was replaced writes over them;
 *  - positions go on without a gap, whoever writes.
 *
 * PLANTED_GAP: a writer begins at the place where the one before may be.
 * PLANTED_TERM: a record is believed by its number alone.
 */

#define WRITERS 3
#define CHUNKS 2                   /* that each of them writes */
#define NUMBERS 10
#define CELLS 16                   /* a chunk's bytes are one cell */

#ifdef PLANTED_GAP
#define GAP 0
#else
#define GAP 1
#endif

byte term, count;                  /* the word */
byte cell[CELLS];                  /* who wrote it: term * 16 + number */
byte rec_term[NUMBERS], rec_at[NUMBERS], rec_position[NUMBERS];
bool rec_is[NUMBERS];
byte published[NUMBERS];           /* the term, of those that were */

/* The newest chunk in front of a state, as Ring::before(): n, 0 for none. */
inline find_last(t, n)
{
    do
    :: n == 0 -> break
    :: else ->
        n--;
        if
#ifdef PLANTED_TERM
        :: rec_is[n] -> break
#else
        :: rec_is[n] && rec_term[n] >= t -> break
#endif
        :: else -> if :: t > 0 -> t-- :: else fi
        fi
    od
}

proctype Writer()
{
    byte my_term, my_count, n, t, at, position, written;
    /* take_over(): the exchange, and then a look at what is there. */
    atomic { term++; count++; my_term = term; my_count = count }
    atomic {
        n = my_count; t = my_term;
        find_last(t, n);
        if
        :: n == 0 -> at = GAP * my_term; position = 0
        :: else ->
            at = rec_at[n] + 1 + GAP * (my_term - rec_term[n]);
            position = rec_position[n] + 1
        fi
    }
    do
    :: written == CHUNKS -> break
    :: else ->
        if
        :: !(term == my_term && count == my_count) -> break
        :: else
        fi;
        assert(at < CELLS && my_count < NUMBERS);
        cell[at] = my_term * 16 + my_count;
        /* The digest makes a record one step: half of one is none. */
        atomic {
            rec_is[my_count] = true; rec_term[my_count] = my_term;
            rec_at[my_count] = at; rec_position[my_count] = position
        }
        atomic {
            if
            :: term == my_term && count == my_count ->
                count++; published[my_count] = my_term
            :: else -> break
            fi
        }
        my_count++; at++; position++; written++
    od
}

proctype Reader()
{
    byte n, t, looks, newest;
    do
    :: looks == 3 -> break
    :: else ->
        looks++;
        atomic {
            n = count; t = term;
            find_last(t, n);
            if
            :: n == 0
            :: else ->
                assert(published[n] == rec_term[n]);
                assert(cell[rec_at[n]] == rec_term[n] * 16 + n);
                /* Nothing goes back, and all in front of it was there. */
                assert(rec_position[n] + 1 >= newest);
                newest = rec_position[n] + 1
            fi;
            n = 0
        }
    od
}

init
{
    byte i;
    atomic {
        do
        :: i == WRITERS -> break
        :: else -> run Writer(); i++
        od;
        run Reader()
    }
}
