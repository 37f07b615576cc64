package jobserver

import (
	"net"
	"syscall"
)

// hostOf returns an address without its port, for the workers command.
func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}

// descriptor returns the socket's file descriptor, or other if it has none.
func descriptor(nc net.Conn, other int) int {
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return other
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return other
	}
	if raw.Control(func(fd uintptr) { other = int(fd) }) != nil {
		return other
	}
	return other
}
