package cli

import (
	"gearctl/commands/internal/cmderr"
	"gearctl/wire"
)

// CheckQueueName refuses a queue that must not be submitted to.
func CheckQueueName(queue string) error {
	if err := wire.CheckFunction(queue); err != nil {
		return cmderr.Usagef("queue name %.100q %v", queue, err)
	}
	return nil
}
