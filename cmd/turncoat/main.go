// Command turncoat measures whether an AI agent turns on the organisation it
// works for. Each of its commands has a file here; what they do is done by the
// packages that they call.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// Exit codes. They are part of the program's interface: a script may rely on
// exitIncomplete to know that a rate rests on less than was planned.
const (
	exitDone        = 0
	exitError       = 1   // the command could not do its work
	exitUsage       = 2   // the command line is wrong
	exitIncomplete  = 3   // it worked, but something planned is missing: a trial, a verdict or an annotation
	exitInterrupted = 130 // Ctrl-C
)

// errIncomplete ends a command that worked but has something missing, which it
// has already said.
var errIncomplete = errors.New("incomplete")

// gcPercent lets the heap grow to five times what lives before it is swept. A
// trial leaves little that lives, so that this takes some tens of megabytes and
// gives a tenth of the processor back (docs/performance.md).
const gcPercent = 400

// memoryLimit is from how many bytes on the heap is swept as often as it takes. In a
// study of thousands of worlds each is made, used and thrown away so fast that five
// times what lives is more than a gigabyte.
const memoryLimit = 384 << 20

func main() {
	debug.SetGCPercent(gcPercent)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(execute(os.Args[1:]))
}

func execute(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	code := exitCode(err)
	switch code {
	case exitDone, exitIncomplete:
	case exitInterrupted:
		fmt.Fprintln(os.Stderr, "Interrupted. What had finished is stored; the same command goes on from there.")
	default:
		fmt.Fprintln(os.Stderr, "turncoat: "+err.Error())
	}
	return code
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errIncomplete):
		return exitIncomplete
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, new(usageError)):
		return exitUsage
	}
	return exitError
}
