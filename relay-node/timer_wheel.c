/* timer_wheel.c: see timer_wheel.h. A timer further away than one turn of the wheel (33 s) waits in its slot
 * and is looked at once a turn: cheaper than a hierarchy for deadlines of at most some minutes. */
#include "relay-node/timer_wheel.h"

#include <limits.h>

static uint64_t slot_of(uint64_t tick)
{
	return tick % TIMER_WHEEL_SLOTS;
}

/* Rounded up: a timer must not fire early. */
static uint64_t tick_of(uint64_t deadline_ms)
{
	return (deadline_ms + TIMER_WHEEL_TICK_MS - 1) / TIMER_WHEEL_TICK_MS;
}

void timer_init(struct timer *timer)
{
	list_init(&timer->node);
	timer->deadline_ms = 0;
}

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ms)
{
	for (unsigned i = 0; i < TIMER_WHEEL_SLOTS; i++)
		list_init(&wheel->slots[i]);
	for (unsigned i = 0; i < TIMER_WHEEL_SLOTS / 64; i++)
		wheel->occupied[i] = 0;
	wheel->tick = now_ms / TIMER_WHEEL_TICK_MS;
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_ms)
{
	uint64_t tick = tick_of(deadline_ms), slot;

	if (tick <= wheel->tick)
		tick = wheel->tick + 1;
	slot = slot_of(tick);
	list_remove(&timer->node);
	timer->deadline_ms = deadline_ms ? deadline_ms : 1;
	list_append(&wheel->slots[slot], &timer->node);
	wheel->occupied[slot / 64] |= 1ull << (slot % 64);
}

void timer_wheel_cancel(struct timer *timer)
{
	list_remove(&timer->node);
	timer->deadline_ms = 0;
}

static void run_slot(struct timer_wheel *wheel, uint64_t slot, uint64_t now_ms, timer_fn *fn, void *arg)
{
	struct list due;
	struct list *node;

	wheel->occupied[slot / 64] &= ~(1ull << (slot % 64));
	if (list_empty(&wheel->slots[slot]))
		return;
	/* The whole slot moves to a list of its own first, because fn may add to the slot. */
	list_init(&due);
	list_append(&wheel->slots[slot], &due);
	list_remove(&wheel->slots[slot]);
	while ((node = list_pop(&due)) != NULL) {
		struct timer *timer = list_entry(node, struct timer, node);

		if (timer->deadline_ms <= now_ms) {
			timer->deadline_ms = 0;
			fn(timer, arg);
		} else {
			list_append(&wheel->slots[slot], &timer->node);
			wheel->occupied[slot / 64] |= 1ull << (slot % 64);
		}
	}
}

void timer_wheel_advance(struct timer_wheel *wheel, uint64_t now_ms, timer_fn *fn, void *arg)
{
	uint64_t target = now_ms / TIMER_WHEEL_TICK_MS;

	/* After a long stop one turn of the wheel sees every timer. */
	if (target > wheel->tick + TIMER_WHEEL_SLOTS)
		wheel->tick = target - TIMER_WHEEL_SLOTS;
	while (wheel->tick < target) {
		wheel->tick++;
		run_slot(wheel, slot_of(wheel->tick), now_ms, fn, arg);
	}
}

int timer_wheel_sleep_ms(struct timer_wheel *wheel, uint64_t now_ms)
{
	for (uint64_t ahead = 1; ahead <= TIMER_WHEEL_SLOTS; ahead++) {
		uint64_t slot = slot_of(wheel->tick + ahead);
		uint64_t bit = 1ull << (slot % 64);

		if (!wheel->occupied[slot / 64] && slot % 64 == 0) {
			ahead += 63; /* a whole empty word at once */
			continue;
		}
		if (!(wheel->occupied[slot / 64] & bit))
			continue;
		if (list_empty(&wheel->slots[slot])) {
			wheel->occupied[slot / 64] &= ~bit;
			continue;
		}
		uint64_t at_ms = (wheel->tick + ahead) * TIMER_WHEEL_TICK_MS;
		return at_ms <= now_ms ? 0 : (int)(at_ms - now_ms);
	}
	return -1;
}
