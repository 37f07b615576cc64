package wire

import (
	"context"
	"slices"
)

// SameServer reports whether two connections lead to one server, by whatever names: a function that is registered
// through a is seen through b. The function is removed again.
func SameServer(ctx context.Context, a, b *Conn) (bool, error) {
	name := "gearctl_canary_" + NewUniqueSource().Next()
	if err := a.barrier(ctx, CanDo, name); err != nil {
		return false, err
	}
	list, err := b.Status(ctx)
	if err != nil {
		return false, err
	}
	if err := a.barrier(ctx, CantDo, name); err != nil {
		return false, err
	}
	a.DropFunction(ctx, name) // servers without the command let it vanish by themselves
	return slices.ContainsFunc(list.Rows, func(s FunctionStatus) bool { return s.Function == name }), nil
}

// barrier sends a request that has no answer, and waits until the server has handled it.
func (c *Conn) barrier(ctx context.Context, t Type, function string) error {
	if err := c.Send(t, []byte(function)); err != nil {
		return c.opError(ctx, t.String(), err)
	}
	return c.Echo(ctx, []byte(t.String()))
}
