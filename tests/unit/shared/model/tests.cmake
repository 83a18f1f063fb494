foreach(test actor bytes_text change copy_format endpoint iso8601 job job_result log_entry mask messages notice password_rules printable proxy proxy_enums proxy_json
    raw_json route settings user validate validate_lists validate_upstream)
  kp_unit_test(shared/model/test_${test} LIBS kp_model)
endforeach()
kp_unit_test(shared/model/test_given LIBS kp_model)
kp_unit_test(shared/model/test_key_lines LIBS kp_model)
