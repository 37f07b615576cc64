package servertest

import (
	"flag"
	"runtime"
	"strconv"
)

// MoreAtATime lets more tests of a package run at the same time than there are processors, unless -parallel says how
// many: most of them wait for servers, processes and time. TestMain calls it.
func MoreAtATime() {
	flag.Parse()
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "test.parallel" })
	if !asked {
		flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	}
}
