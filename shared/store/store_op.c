/* store_op.c: arguments that several operations hand over alike. */
#include "shared/store/store_op.h"

void store_call_fields(struct store_call *call, struct store_fields fields)
{
	for (size_t i = 0; i < fields.count; i++) {
		store_call_str(call, fields.list[i].name);
		store_call_text(call, fields.list[i].value);
	}
}
