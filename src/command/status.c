/* status - see status.h. */
#include "config.h"

#include "command/status.h"

#include "command/order.h"

int
command_status(const char *config_path, bool json)
{
	return order_server(config_path, json ? CONTROL_STATUS_JSON : CONTROL_STATUS, false);
}
