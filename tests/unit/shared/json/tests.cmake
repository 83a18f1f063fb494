kp_unit_test(shared/json/test_json LIBS kp_json)
kp_unit_test(shared/json/test_json_scan LIBS kp_json)
kp_unit_test(shared/json/test_json_writer LIBS kp_json)
