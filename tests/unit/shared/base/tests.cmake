foreach(test backoff buf csv err fold hash_map ip_addr list log log_pace natural slab slice url_text utf8)
  kp_unit_test(shared/base/test_${test} LIBS kp_base)
endforeach()
# Failpoints exist only in test builds: this test compiles its own copy with them.
kp_unit_test(shared/base/test_failpoint LIBS kp_base SOURCES ${PROJECT_SOURCE_DIR}/shared/base/failpoint.c)
target_compile_definitions(shared_base_test_failpoint PRIVATE KP_FAILPOINTS=1)
