# redis_fixture.c starts a redis-server of its own for each test that needs one.
set(REDIS_FIXTURE shared/store/redis_fixture.c)
kp_unit_test(shared/store/test_store_url LIBS kp_store)
kp_unit_test(shared/store/test_store_watch LIBS kp_store)
kp_unit_test(shared/store/test_store_watch_model LIBS kp_store)
kp_unit_test(shared/store/test_store_link SOURCES ${REDIS_FIXTURE} LIBS kp_store kp_loop_libevent)
kp_unit_test(shared/store/test_store SOURCES ${REDIS_FIXTURE} LIBS kp_store kp_loop_libevent)
kp_unit_test(shared/store/test_store_follow SOURCES ${REDIS_FIXTURE} LIBS kp_store kp_loop_libevent)
kp_unit_test(shared/store/test_store_ops SOURCES ${REDIS_FIXTURE} LIBS kp_store kp_loop_libevent)
