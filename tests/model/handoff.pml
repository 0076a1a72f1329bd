/*
 * handoff - how connections get from the kernel to a worker, and what happens to them when the
 * generation that serves is replaced, killed or left alone.
 *
 * A model for spin(1) of what acceptor.c, handoff.c, worker.c and conn.c do with their atomics, one
 * step for each access that another thread could come in between of.  Behind each step stands
 * the function that it is of.  All atomics that matter here are sequentially consistent, so steps in
 * some order are all there is; what the code reads or writes relaxed belongs to the reader.
 *
 * No step depends on a timeout: who sleeps is woken by somebody, or sleeps for ever.  So where
 * nothing can go on any more, every connection has been served once, whatever EVENT there was:
 *
 *	QUIET		none
 *	RELOAD		a new generation is started.  It is ready, accepts from the same socket, and
 *			the old one is told to drain and has left; or it is refused, and nothing
 *			has changed.
 *	KILLED		the generation is no more, at any moment.  Only what it had accepted may be
 *			lost: another one is started and serves the rest.
 *	ORPHANED	the supervisor is no more.  The generation drains and leaves; what it had
 *			accepted is served, and the rest of the backlog goes with the socket.
 *
 * A lane has room for one connection, so it runs over.
 *
 * Each MUTANT leaves out something without which this cannot hold; the test tries all.
 */
#define nothing		     0	/* the code as it is */
#define no_wake_up	     1	/* handoff_wake() wakes nobody */
#define looks_before_sleep   2	/* a worker looks at its lane, and says then that it sleeps */
#define no_second_choice     3	/* a full queue is not looked at again once that was said */
#define tells_no_room	     4	/* a worker that makes room tells nobody */
#define waits_unseen	     5	/* the acceptor says that it waits for an ending, and does not count again */
#define looks_before_count   6	/* a worker looks whether the acceptor waits, and counts then */
#define held_is_dropped	     7	/* what fits into no lane is forgotten at a stop */
#define leaves_its_lane	     8	/* a worker that drains does not look at its lane */
#define drains_first	     9	/* the old one is told to drain before the new one is ready */
#define stays_dead	     10	/* nobody is started in the place of one that was killed */
#define IS(mutant)	     (MUTANT == mutant)

#define QUIET	 0
#define RELOAD	 1
#define KILLED	 2
#define ORPHANED 3

#if EVENT == KILLED
#define LIVES	 provided (!killed)
#else
#define LIVES
#endif

#define CAP	 1		/* of a lane */
#define ROOM	 2		/* ... with the place of handoff_push_last() */
#define NONE	 255

/* The kernel: the backlog, which outlives a generation, and eventfds. */
byte served, accepted;
bool was_served[CONNECTIONS];
bool edge[WORKERS];	/* wake_fd, edge-triggered and never read: something since the last look */
bool order_fd[WORKERS];
bool room_fd;	/* level-triggered: readable */
bool control;	/* from the supervisor: stop accepting, drain */
bool killed, replaced;

/* struct lane */
byte tail[WORKERS], head[WORKERS], ended[WORKERS];
bool asleep[WORKERS];
byte items[WORKERS * ROOM];

/* struct handoff, struct pool, struct worker */
bool starved, acceptor_waits, orders[WORKERS];
byte running;

chan backlog = [CONNECTIONS] of { byte };

#define WAITING(l) (tail[l] - head[l])

proctype clients()
{
	byte i;

	for (i : 0 .. CONNECTIONS - 1) {
		backlog!i;
	}
}

/* ---- The acceptor's thread: acceptor.c, and its side of handoff.c. */

/* acceptor.c, count_served(): one lane after the other, since nobody stands still */
inline count_served()
{
	sum = 0;
	for (l : 0 .. WORKERS - 1) {
		sum = sum + ended[l];
	}
	live = accepted - sum;
}

/* acceptor.c, admit(): of REFUSING_MAX and most_idle() nothing is left */
inline admit()
{
	count_served();
	if
	:: live <= MOST -> admitted = true;
	:: else ->
		acceptor_waits = true;	/* said first, and looked then */
		if
		:: !IS(waits_unseen) -> count_served();
		:: else -> skip;
		fi;
		if
		:: live > MOST -> admitted = false;
		:: else -> acceptor_waits = false; admitted = true;
		fi;
	fi;
}

/* handoff.c, choose(): a lane that has room; which one of them does not matter here */
inline choose()
{
	best = NONE;
	for (l : 0 .. WORKERS - 1) {
		if
		:: WAITING(l) < CAP ->
			if
			:: best == NONE -> best = l;
			:: best != NONE && tail[l] - ended[l] < tail[best] - ended[best] -> best = l;
			:: else -> skip;
			fi;
		:: else -> skip;
		fi;
	}
}

/* handoff.c, append() */
inline append(lane)
{
	items[lane * ROOM + tail[lane] % ROOM] = item;
	tail[lane]++;
	given[lane] = true;
}

/* handoff.c, handoff_push() */
inline push()
{
	choose();
	if
	:: best == NONE ->
		starved = true;
		if
		:: !IS(no_second_choice) -> choose();	/* what was taken in between told nobody */
		:: else -> skip;
		fi;
	:: else -> skip;
	fi;
	if
	:: best == NONE -> pushed = false;
	:: else -> append(best); pushed = true;
	fi;
}

/* handoff.c, handoff_wake() */
inline wake()
{
	for (l : 0 .. WORKERS - 1) {
		if
		:: given[l] && !IS(no_wake_up) ->
			if
			:: asleep[l] ->
				atomic { was = asleep[l]; asleep[l] = false; }
				if
				:: was -> edge[l] = true;
				:: else -> skip;
				fi;
			:: else -> skip;
			fi;
		:: else -> skip;
		fi;
		given[l] = false;
	}
}

/* acceptor.c, hand_over() */
inline hand_over()
{
	if
	:: !admitted -> admit();
	:: else -> skip;
	fi;
	pushed = false;
	if
	:: admitted -> push();
	:: else -> skip;
	fi;
	if
	:: pushed -> held = NONE;
	:: else -> held = item; held_admitted = admitted; paused = true;	/* pause_until() */
	fi;
}

/* acceptor.c, accept_one() */
inline accept_one()
{
	if
	:: backlog?item ->
		accepted++;
		admitted = false;
		hand_over();
	:: len(backlog) == 0 -> skip;	/* the other generation was faster: EAGAIN */
	fi;
}

/* acceptor.c, try_again() and resume() */
inline try_again()
{
	pushed = true;
	if
	:: held != NONE ->
		item = held;
		admitted = held_admitted;
		hand_over();
	:: else -> skip;
	fi;
	if
	:: pushed && paused && !stopped -> paused = false; acceptor_waits = false;
	:: else -> skip;
	fi;
}

/* acceptor.c, acceptor_stop(), and generation.c, order_all(ORDER_DRAIN) */
inline stop()
{
	stopped = true;
	if
	:: held != NONE && !IS(held_is_dropped) ->	/* handoff_push_last() */
		item = held;
		choose();
		if
		:: best != NONE -> append(best);
		:: else -> append(0);
		fi;
		wake();
		held = NONE;
	:: else -> skip;
	fi;
	for (l : 0 .. WORKERS - 1) {
		orders[l] = true;	/* worker_order(), first the bit */
		order_fd[l] = true;
	}
}

proctype acceptor() LIVES
{
	byte sum, live, l, best, item;
	byte held = NONE;
	bool paused, stopped, admitted, held_admitted, pushed, was, room, told;
	bool given[WORKERS];

	do	/* acceptor_run(): one turn for each epoll_wait() */
	:: stopped && running == 0 -> break;		/* drain() */
	:: control || room_fd || (!paused && !stopped && len(backlog) > 0) ->
		told = control;
		room = room_fd;
		if
		:: !paused && !stopped && len(backlog) > 0 -> accept_one();
		:: else -> skip;
		fi;
		if
		:: room -> room_fd = false; try_again();	/* handoff_room_clear() */
		:: else -> skip;
		fi;
		wake();
		if
		:: told -> control = false; stop();
		:: else -> skip;
		fi;
		/* what no later turn looks at makes no difference */
		skip;
		d_step {
			sum = 0; live = 0; l = 0; best = 0; item = 0;
			told = false; room = false; was = false; pushed = false; admitted = false;
		}
	od;
	assert(held == NONE);
}

/* ---- A worker's thread: worker.c, and its side of handoff.c. */

/* conn.c, count_closed(): counted first, then looked whether the acceptor waits */
inline end_one()
{
	if
	:: IS(looks_before_count) -> was = acceptor_waits;
	:: else -> skip;
	fi;
	conns--;
	served++;
	ended[w]++;		/* handoff_end() */
	if
	:: !IS(looks_before_count) -> was = acceptor_waits;
	:: else -> skip;
	fi;
	if
	:: was -> room_fd = true;	/* handoff_room_tell() */
	:: else -> skip;
	fi;
}

/* handoff.c, handoff_take(), and worker.c, take_new(): TAKE_PER_TURN is 1, less than may wait */
inline take()
{
	if
	:: WAITING(w) > 0 ->
		item = items[w * ROOM + head[w] % ROOM];
		assert(!was_served[item]);
		was_served[item] = true;
		conns++;
		head[w]++;
		if
		:: starved ->
			atomic { was = starved; starved = false; }
			if
			:: was && !IS(tells_no_room) -> room_fd = true;
			:: else -> skip;
			fi;
		:: else -> skip;
		fi;
		if	/* conn_run(): it asks and goes at once, or stays */
		:: end_one();
		:: true -> skip;
		fi;
	:: else -> skip;
	fi;
}

proctype worker(byte w) LIVES
{
	byte conns, item;
	bool draining, sleeps, was;

	do	/* run(): while it is not finished() */
	:: draining && conns == 0 && (WAITING(w) == 0 || IS(leaves_its_lane)) -> break;
	:: else ->
		/* wait_for_events(): handoff_sleep() says so first and looks then */
		if
		:: !IS(looks_before_sleep) -> asleep[w] = true;
		:: IS(looks_before_sleep) -> skip;
		fi;
		sleeps = WAITING(w) == 0;
		if
		:: IS(looks_before_sleep) && sleeps -> asleep[w] = true;
		:: else -> skip;
		fi;
		if
		:: sleeps ->
			if	/* epoll_wait() */
			:: edge[w] -> edge[w] = false;
			:: order_fd[w] -> skip;
			:: conns > 0 -> end_one();
			fi;
		:: else -> skip;	/* it only looks, and may find the same later */
		fi;
		asleep[w] = false;	/* handoff_awake() */
		if
		:: order_fd[w] ->			/* obey_orders() */
			order_fd[w] = false;
			atomic { was = orders[w]; orders[w] = false; }
			if
			:: was -> draining = true;
			:: else -> skip;
			fi;
		:: else -> skip;
		fi;
		take();
		skip;
		d_step { item = 0; was = false; sleeps = false; }
	od;
	running--;		/* run(), its last words */
	room_fd = true;
}

/* ---- The supervisor, and the generation that comes next. */

/* It does what the old one did, which needs no second look: it takes what it finds, and serves. */
proctype new_generation()
{
	byte item;

	do
	:: backlog?item ->
		assert(!was_served[item]);
		was_served[item] = true;
		served++;
	od;
}

/* It is ready; or its configuration is refused, and it has gone. */
inline start_another()
{
	if
	:: true -> run new_generation(); replaced = true;
	:: true -> skip;
	fi;
}

proctype supervisor()
{
	if
	:: EVENT == RELOAD ->
		if
		:: IS(drains_first) -> control = true; start_another();
		:: else ->
			start_another();
			if
			:: replaced -> control = true;
			:: else -> skip;
			fi;
		fi;
	:: EVENT == KILLED ->
		killed = true;
		if
		:: !IS(stays_dead) -> run new_generation();	/* from what the last one had read */
		:: else -> skip;
		fi;
	:: EVENT == ORPHANED -> control = true;		/* the end of the socketpair */
	:: else -> skip;
	fi;
}

init
{
	byte w;

	atomic {
		running = WORKERS;
		for (w : 0 .. WORKERS - 1) {
			run worker(w);
		}
		run acceptor();
		run clients();
		run supervisor();
	}
	/* Nothing goes on any more. */
	timeout ->
		if
		:: EVENT == KILLED -> assert(len(backlog) == 0);
		:: EVENT == ORPHANED -> assert(served == accepted && running == 0);
		:: else -> assert(served == CONNECTIONS && (!replaced || running == 0));
		fi;
}
