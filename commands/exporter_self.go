package commands

import (
	"bytes"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"syscall"
	"time"

	"gearctl/output"
)

// writeSelf adds the metrics of this process, named as those of other programs in Go. What the system does not tell is
// left out.
func writeSelf(m *output.Exposition, begun time.Time) {
	writeProcess(m, begun)
	writeRuntime(m)
}

func writeProcess(m *output.Exposition, begun time.Time) {
	gauge := func(name, help string, v float64) {
		m.Gauge(name, help)
		m.Value(v)
	}
	gauge("process_start_time_seconds", "When the exporter began, in seconds since 1970.", float64(begun.UnixMilli())/1000)
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		m.Counter("process_cpu_seconds_total", "Time that processors spent on the process, user and system.")
		m.Value(time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds())
	}
	if list, err := os.ReadDir("/proc/self/fd"); err == nil {
		gauge("process_open_fds", "Open file descriptors.", float64(len(list)-1)) // less that of the list itself
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		gauge("process_max_fds", "How many file descriptors may be open.", float64(limit.Cur))
	}
	if virtual, resident, ok := processMemory(); ok {
		gauge("process_virtual_memory_bytes", "Address space that the process has.", virtual)
		gauge("process_resident_memory_bytes", "Memory that the process has.", resident)
	}
}

// processMemory returns bytes, of proc(5).
func processMemory() (virtual, resident float64, ok bool) {
	b, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(b)
	if err != nil || len(fields) < 2 {
		return 0, 0, false
	}
	pages := [2]float64{}
	for i := range pages {
		if pages[i], err = strconv.ParseFloat(string(fields[i]), 64); err != nil {
			return 0, 0, false
		}
	}
	size := float64(os.Getpagesize())
	return pages[0] * size, pages[1] * size, true
}

func writeRuntime(m *output.Exposition) {
	m.Gauge("go_info", "1, with the version of Go.")
	m.Value(1, "version", runtime.Version())
	list := []struct {
		begin              func(name, help string)
		name, help, source string
	}{
		{m.Gauge, "go_goroutines", "Goroutines that there are.", "/sched/goroutines:goroutines"},
		{m.Gauge, "go_memstats_heap_alloc_bytes", "Bytes of the heap that are in use.", "/memory/classes/heap/objects:bytes"},
		{m.Gauge, "go_memstats_sys_bytes", "Bytes that Go has from the system.", "/memory/classes/total:bytes"},
		{m.Counter, "go_memstats_alloc_bytes_total", "Bytes of the heap that were ever in use.", "/gc/heap/allocs:bytes"},
		{m.Counter, "go_gc_cycles_total", "Collections of garbage.", "/gc/cycles/total:gc-cycles"},
	}
	samples := make([]metrics.Sample, len(list))
	for i := range list {
		samples[i].Name = list[i].source
	}
	metrics.Read(samples)
	for i, f := range list {
		if samples[i].Value.Kind() == metrics.KindUint64 {
			f.begin(f.name, f.help)
			m.Value(float64(samples[i].Value.Uint64()))
		}
	}
}
