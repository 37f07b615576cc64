package probe

import (
	"bytes"
	"context"
	"time"

	"gearctl/commands/internal/cmderr"
	"gearctl/wire/modgearman"
)

// listenDelay is how long a status request waits for its answer. The Go plugin (go_check_gearman 1.7.0) listens only some time
// after it has read JOB_CREATED, and waits in vain for an answer that came before.
const listenDelay = 50 * time.Millisecond

// LetListen gives the sender of a status request time to listen for the answer, or less if ctx ends. Call it
// before the answer, where no check and no other job waits for it.
func LetListen(ctx context.Context) { cmderr.Pause(ctx, listenDelay) }

// IsStatusRequest reports whether a job asks for the status of who serves its queue.
func IsStatusRequest(queue, workload []byte) bool {
	return bytes.HasPrefix(queue, []byte(modgearman.PrefixWorker)) || string(bytes.TrimRight(workload, "\x00")) == statusText
}
