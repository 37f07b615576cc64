package commands

import "gearctl/wire"

// checkServed refuses a queue that must not be served: serving one creates it. What is in such a queue can be drained.
func checkServed(queue string) error {
	err := wire.CheckFunction(queue)
	switch {
	case err == nil:
		return nil
	case queue == "":
		return usagef("a queue name is empty")
	}
	return usagef("queue name %.100q %v", queue, err).hint("if it exists, empty it with: %s", try("drain").queues(queue))
}

// checkQueueName refuses a queue that must not be submitted to.
func checkQueueName(queue string) error {
	if err := wire.CheckFunction(queue); err != nil {
		return usagef("queue name %.100q %v", queue, err)
	}
	return nil
}
