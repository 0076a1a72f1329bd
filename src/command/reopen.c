/* reopen - see reopen.h. */
#include "config.h"

#include "command/reopen.h"

#include "command/order.h"

int
command_reopen(const char *config_path)
{
	return order_server(config_path, CONTROL_REOPEN, false);
}
