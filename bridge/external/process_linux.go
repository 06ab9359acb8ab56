package external

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"turncoat"
)

// ownGroup starts a program in a process group of its own, which can be ended as
// a whole, and has it end if Turncoat is killed.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// askToEnd asks a program and its group to end.
func askToEnd(pid int) { _ = syscall.Kill(-pid, syscall.SIGTERM) } // an error says that it is gone

// kill ends a program and its group.
func kill(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

func exitOf(cmd *exec.Cmd) turncoat.Exit {
	e := turncoat.Exit{Code: cmd.ProcessState.ExitCode()}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() { //nolint:misspell // the standard library's name
		e.Signal = status.Signal().String()
	}
	return e
}

// Bounds of looking for what is left: a program may fork while it is being ended.
const (
	sweepRounds = 100
	sweepWait   = 1000 // milliseconds, for one process to be gone
)

// sweep ends what a program has left behind, and returns how many processes that
// were: its group, and what has left the group and still has a variable in its
// environment that no other trial has.
func sweep(pid int, variable string) int {
	kill(pid)
	left := 0
	for range sweepRounds {
		found := 0
		paths, _ := filepath.Glob("/proc/[0-9]*") // of a fixed pattern
		for _, path := range paths {
			other, err := strconv.Atoi(filepath.Base(path))
			if err == nil && other != os.Getpid() && endIf(other, path, variable) {
				found++
			}
		}
		if found == 0 {
			break
		}
		left += found
	}
	return left
}

// endIf ends a process that has a variable in its environment, waits until it is
// gone, and reports whether it had it. The process is held by a handle before it is
// looked at, so that no other one gets its number meanwhile.
func endIf(pid int, path, variable string) bool {
	handle, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false // it is gone
	}
	defer func() { _ = unix.Close(handle) }()
	environ, err := os.ReadFile(filepath.Join(path, "environ"))
	if err != nil || !bytes.Contains(append([]byte{0}, environ...), append([]byte{0}, variable...)) {
		return false
	}
	_ = unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0) // an error says that it is gone
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}}, sweepWait)
	return true
}
