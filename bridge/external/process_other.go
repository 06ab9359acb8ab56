//go:build !unix

package external

import (
	"os"
	"os/exec"
	"syscall"

	"turncoat"
)

// Systems without process groups: a program is ended alone, at once, and what it
// has started goes on.

func ownGroup() *syscall.SysProcAttr { return nil }

func askToEnd(pid int) { kill(pid) }

func kill(pid int) {
	if p, err := os.FindProcess(pid); err == nil {
		_ = p.Kill() // an error says that it is gone
	}
}

func exitOf(cmd *exec.Cmd) turncoat.Exit { return turncoat.Exit{Code: cmd.ProcessState.ExitCode()} }

func sweep(int, string) int { return 0 }
