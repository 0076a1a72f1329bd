/* stop - see stop.h. */
#include "config.h"

#include "command/stop.h"

#include "command/order.h"

int
command_stop(const char *config_path)
{
	return order_server(config_path, CONTROL_STOP, true);
}
