foreach(test base64 keyring passphrase password random seal token webhook_sign)
  kp_unit_test(shared/crypto/test_${test} LIBS kp_crypto)
endforeach()
