kp_unit_test(shared/loop/test_loop_libevent LIBS kp_loop_libevent)
