package external

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

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
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Signal = status.Signal().String()
	}
	return e
}

// sweepRounds bound how often what is left is looked for: a program may fork
// while it is being ended.
const (
	sweepRounds = 100
	sweepPause  = 10 * time.Millisecond
)

// sweep ends what a program has left behind, and returns how many processes that
// were: its group, and what has left the group and still has a variable in its
// environment that no other trial has.
func sweep(pid int, variable string) int {
	kill(pid)
	left := map[int]bool{}
	for range sweepRounds {
		found := 0
		for _, p := range processesWith(variable) {
			found++
			left[p.Pid] = true
			_ = p.Kill() // an error says that it is gone
			_ = p.Release()
		}
		if found == 0 {
			break
		}
		time.Sleep(sweepPause)
	}
	return len(left)
}

// processesWith finds the processes that have a variable in their environment.
// Each is held by a handle before it is looked at, so that no other process gets
// its number meanwhile.
func processesWith(variable string) []*os.Process {
	var found []*os.Process
	paths, _ := filepath.Glob("/proc/[0-9]*") // of a fixed pattern
	for _, path := range paths {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil || pid == os.Getpid() {
			continue
		}
		p, err := os.FindProcess(pid)
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join(path, "environ"))
		if err != nil || !bytes.Contains(append([]byte{0}, environ...), append([]byte{0}, variable...)) {
			_ = p.Release()
			continue
		}
		found = append(found, p)
	}
	return found
}
