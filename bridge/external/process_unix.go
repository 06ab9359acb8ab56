//go:build unix && !linux

package external

import (
	"os/exec"
	"syscall"

	"turncoat"
)

// ownGroup starts a program in a process group of its own, which can be ended as
// a whole.
func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

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

// sweep ends what is left of a program's group. What has left the group cannot
// be found here.
func sweep(pid int, _ string) int {
	kill(pid)
	return 0
}
