/* reload - see reload.h. */
#include "config.h"

#include "command/reload.h"

#include "command/order.h"

int
command_reload(const char *config_path)
{
	return order_server(config_path, CONTROL_RELOAD, false);
}
