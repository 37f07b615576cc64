package main

import "fmt"

// runtimeSource returns the file that is compiled into a mutated package. The binary itself holds the number of the
// active mutant, because scripts run it without the environment of the test; gearctl built by a test reads the
// environment. Without an active mutant and with a file for it, each mutant that is reached is recorded there.
func runtimeSource(name string) string {
	return fmt.Sprintf(runtimeText, name, blankMark())
}

const (
	markHead   = "gearctl-mutant:"
	markDigits = 8
	markPath   = 240
	variable   = "GEARCTL_MUTANT"
)

// mark is what the binary holds for an active mutant or a file to record to.
func mark(id int, record string) string {
	return fmt.Sprintf("%s%0*d:%-*s", markHead, markDigits, id, markPath, record)
}

func blankMark() string { return mark(0, "") }

const runtimeText = `package %s

import (
	mutantOS "os"
	mutantConv "strconv"
	mutantStrings "strings"
	mutantSync "sync"
)

var mutantMark = %q

var (
	mutantActive, mutantFile = mutantRead(mutantMark)
	mutantReached            mutantSync.Map
)

//go:noinline
func mutantRead(mark string) (int, string) {
	if s := mutantOS.Getenv("GEARCTL_MUTANT"); s != "" {
		mark = s
	}
	_, mark, _ = mutantStrings.Cut(mark, ":")
	number, file, _ := mutantStrings.Cut(mark, ":")
	id, _ := mutantConv.Atoi(number)
	return id, mutantStrings.TrimSpace(file)
}

// mutantOn reports whether mutant id is active.
func mutantOn(id int) bool {
	if mutantFile != "" {
		if _, known := mutantReached.LoadOrStore(id, true); !known {
			if f, err := mutantOS.OpenFile(mutantFile, mutantOS.O_WRONLY|mutantOS.O_APPEND|mutantOS.O_CREATE, 0o666); err == nil {
				f.WriteString(mutantConv.Itoa(id) + "\n")
				f.Close()
			}
		}
	}
	return mutantActive == id
}

func mutantOff(id int) bool { return !mutantOn(id) }

func mutantNever(id int, c bool) bool { return !mutantOn(id) && c }

func mutantAlways(id int, c bool) bool { return mutantOn(id) || c }

func mutantNegate(id int, c bool) bool { return mutantOn(id) != c }

func mutantAnd(id int, a bool, b func() bool) bool {
	if mutantOn(id) {
		return a || b()
	}
	return a && b()
}

func mutantOr(id int, a bool, b func() bool) bool {
	if mutantOn(id) {
		return a && b()
	}
	return a || b()
}

type mutantOrdered interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64 | ~string
}

func mutantLess[T mutantOrdered](id int, a, b T) bool {
	if mutantOn(id) {
		return a <= b
	}
	return a < b
}

func mutantLessEqual[T mutantOrdered](id int, a, b T) bool {
	if mutantOn(id) {
		return a < b
	}
	return a <= b
}

func mutantMore[T mutantOrdered](id int, a, b T) bool {
	if mutantOn(id) {
		return a >= b
	}
	return a > b
}

func mutantMoreEqual[T mutantOrdered](id int, a, b T) bool {
	if mutantOn(id) {
		return a > b
	}
	return a >= b
}

// mutantPlus is a constant; mutant: the next one.
func mutantPlus[T ~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](id int, n T) T {
	if mutantOn(id) {
		return n + 1
	}
	return n
}

// mutantSkip is a call whose only result is an error; mutant: not called.
func mutantSkip(id int, call func() error) error {
	if mutantOn(id) {
		return nil
	}
	return call()
}

// mutantErr is an error that is returned; mutant: nil.
func mutantErr(id int, err error) error {
	if mutantOn(id) {
		return nil
	}
	return err
}
`
