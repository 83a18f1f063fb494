/*
 * remind_time.h: when people are reminded of what ends soon: at nine in the morning of the day, in the zone
 * of the process (TIMEZONE).
 */
#ifndef KP_SCHEDULER_NOTICES_REMIND_TIME_H
#define KP_SCHEDULER_NOTICES_REMIND_TIME_H

#include <stdint.h>

/* The end, as epoch ms, of the last day whose nine o'clock has passed at now_ms: a reminder for any moment
 * before it is due. It moves once a day; who looks late, or anew after a restart, sees the same moment. */
int64_t remind_until_ms(int64_t now_ms);

#endif
