package modgearman_test

import (
	"errors"
	"fmt"
	"log"
	"time"

	"gearctl/wire/modgearman"
)

// Decode the workload of a job with the keys in use, and read the check in it.
func ExampleDecode() {
	key, err := modgearman.NewKey([]byte("secret of the site"))
	if err != nil {
		log.Fatal(err)
	}
	workload := exampleJob(key)

	p, err := modgearman.Decode(workload, key)
	if err != nil {
		log.Fatal(err)
	}
	check, err := p.Check()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Kind, p.Form, check.Host, check.Service, check.CommandLine)

	other, _ := modgearman.NewKey([]byte("another secret"))
	_, err = modgearman.Decode(workload, other)
	var failed *modgearman.DecodeError
	if errors.As(err, &failed) {
		fmt.Println(failed.Reason)
	}
	// Output:
	// service encrypted web01 disk check_disk -w 80
	// wrong_key
}

// exampleJob is the workload of a service check.
func exampleJob(key modgearman.Key) []byte {
	text, err := modgearman.Check{
		Kind: modgearman.KindService, Host: "web01", Service: "disk", ResultQueue: "check_results",
		CoreTime: time.Unix(1700000000, 0), Timeout: 60, CommandLine: "check_disk -w 80",
	}.AppendText(nil)
	if err != nil {
		log.Fatal(err)
	}
	workload, err := modgearman.Encode(text, key)
	if err != nil {
		log.Fatal(err)
	}
	return workload
}
