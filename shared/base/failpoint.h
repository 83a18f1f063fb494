/*
 * failpoint.h: places where a test may kill, stop or delay the process:
 * KP_FAILPOINT=name:kill|stop|delay[:ms] (several separated by commas). Compiled in only with the CMake
 * option KP_FAILPOINTS; else failpoint() is nothing. After a stop (SIGSTOP) the process goes on when it gets
 * SIGCONT.
 */
#ifndef KP_BASE_FAILPOINT_H
#define KP_BASE_FAILPOINT_H

#ifdef KP_FAILPOINTS
void failpoint(const char *name);
#else
#define failpoint(name) ((void)0)
#endif

#endif
