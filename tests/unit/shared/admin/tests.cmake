kp_unit_test(shared/admin/test_admin_request LIBS kp_admin)
kp_unit_test(shared/admin/test_admin_server LIBS kp_admin kp_loop_libevent)
kp_unit_test(shared/admin/test_metrics_writer LIBS kp_admin)
