kp_unit_test(shared/config/test_config LIBS kp_config)
kp_unit_test(shared/config/test_common_config LIBS kp_config)
