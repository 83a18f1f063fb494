kp_unit_test(relay-node/test_http_cases SOURCES relay-node/case_file.c LIBS kp_relay_tools)
target_compile_definitions(relay-node_test_http_cases PRIVATE
  CASES_DIR="${CMAKE_CURRENT_SOURCE_DIR}/relay-node/cases")
kp_unit_test(relay-node/test_head_http LIBS kp_relay_tools)
kp_unit_test(relay-node/test_head_rewrite LIBS kp_relay_tools)
kp_unit_test(relay-node/test_body_framing LIBS kp_relay_tools)
kp_unit_test(relay-node/test_basic_auth LIBS kp_relay_tools)
kp_unit_test(relay-node/test_destination LIBS kp_relay_tools)
kp_unit_test(relay-node/test_client_protocol LIBS kp_relay_tools)
