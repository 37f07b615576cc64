package wire

import "context"

type abortKey struct{}

// WithAbort returns a context that is ctx, with an abort for what outlasts it: see Outlast.
func WithAbort(ctx, abort context.Context) context.Context {
	return context.WithValue(ctx, abortKey{}, abort)
}

// Outlast returns a context for what has to be finished although ctx has ended, such as the wait for answers that show which jobs
// a server has. It ends with the abort of WithAbort, and has its cause; without one it does not end. Operations that finish jobs
// after the end of their context, such as Take, end with the abort as if the connection had failed, and return its cause: what
// they have counted is right.
func Outlast(ctx context.Context) context.Context {
	abort, ok := ctx.Value(abortKey{}).(context.Context)
	if !ok {
		return context.WithoutCancel(ctx)
	}
	return outlasting{abort, context.WithoutCancel(ctx)}
}

// outlasting ends with the embedded context.
type outlasting struct {
	context.Context
	values context.Context
}

// Value returns a value of the context that ended, or one of the abort, to which its cause belongs.
func (o outlasting) Value(key any) any {
	if v := o.values.Value(key); v != nil {
		return v
	}
	return o.Context.Value(key)
}
