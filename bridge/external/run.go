package external

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"turncoat"
)

// run runs the program to its end. It returns how it ended, or nil if it did not
// start, and why it was ended if it was: ctx's error, or that it reached the
// limit on time. Whatever the program has started is gone afterwards.
func (a *Agent) run(ctx context.Context, p *place, limit time.Duration) (*turncoat.Exit, error) {
	if len(a.Command) == 0 {
		return nil, errors.New("no command is given")
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := exec.CommandContext(context.WithoutCancel(ctx), a.Command[0], a.Command[1:]...) // how it is ended is our own affair
	cmd.Env = slices.Concat(a.Environ, p.environ)
	cmd.Stdout, cmd.Stderr = w, w
	cmd.SysProcAttr = ownGroup()
	runtime.LockOSThread() // a program that is to die with us dies with the thread that started it
	defer runtime.UnlockOSThread()
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	var printed output
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(&printed, r) // to the end, or to the deadline below
	}()
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	why, waitErr := a.wait(ctx, p, cmd, ended, limit)
	exit := exitOf(cmd)
	exit.Left = sweep(cmd.Process.Pid, tokenVariable+"="+string(p.secret))
	_ = r.SetReadDeadline(time.Now().Add(time.Second)) // for a process that could not be found and holds the pipe
	<-read
	exit.Output, exit.Dropped = printed.text(), printed.dropped
	if why != nil {
		exit.Ended = why.Error()
	}
	if _, ok := errors.AsType[*exec.ExitError](waitErr); waitErr != nil && !ok {
		return &exit, fmt.Errorf("waiting for the program: %w", waitErr)
	}
	return &exit, why
}

// wait waits for the end of the program, and brings it about if it must: at the
// limit on time, if ctx ends, or if the program goes on after its session is
// over. It returns why it ended the program; of a session that was over, nil.
func (a *Agent) wait(ctx context.Context, p *place, cmd *exec.Cmd, ended <-chan error, limit time.Duration) (why, waitErr error) {
	if limit <= 0 {
		limit = 1<<63 - 1
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-ended:
		return nil, err
	case <-p.desk.Over():
		select { // it may still have to put its things away
		case err := <-ended:
			return nil, err
		case <-time.After(a.grace()):
		case <-ctx.Done():
		}
	case <-timer.C:
		why = limitReached(limit)
	case <-ctx.Done():
		why = ctx.Err()
	}
	askToEnd(cmd.Process.Pid)
	select {
	case err := <-ended:
		return why, err
	case <-time.After(a.grace()):
	}
	kill(cmd.Process.Pid)
	return why, <-ended
}

func (a *Agent) grace() time.Duration {
	if a.Grace > 0 {
		return a.Grace
	}
	return DefaultGrace
}
