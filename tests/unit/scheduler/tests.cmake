foreach(test kiotproxy netproxy provider proxyxoay tmproxy wwproxy)
  kp_unit_test(scheduler/providers/test_${test} LIBS kp_scheduler)
endforeach()
kp_unit_test(scheduler/providers/test_vendor_text LIBS kp_scheduler)
foreach(test notice_answer notice_message remind_time)
  kp_unit_test(scheduler/notices/test_${test} LIBS kp_scheduler)
endforeach()
kp_unit_test(scheduler/test_http_client LIBS kp_scheduler Threads::Threads)
kp_unit_test(scheduler/test_lease_timing LIBS kp_scheduler)
kp_unit_test(scheduler/test_rotate_plan LIBS kp_scheduler)

# Not a test: what the scheduler's system tests seal their records with.
add_executable(seal_text ${PROJECT_SOURCE_DIR}/tests/system/tools/seal_text.c)
target_link_libraries(seal_text PRIVATE kp_crypto)
