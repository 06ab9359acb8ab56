package main

import (
	"fmt"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"turncoat/provider/standin"
)

const (
	benchLatency     = 200 * time.Millisecond
	benchConcurrency = 200
)

// BenchmarkRun measures whole runs as a process: trials over both vendors'
// protocols against a server of stand-ins that takes 200 ms for each answer,
// 200 at once. The floor of the same run is the time that the calls take by
// themselves, and the process's start and report, measured by a second run that
// has nothing left to do. Reported are the time beyond start and report as a
// multiple of the calls' (×ideal), start and report in ms, the processor time
// in cores, and the most memory that the process ever held.
func BenchmarkRun(b *testing.B) {
	for _, trials := range []int{2000, 20_000} {
		b.Run(fmt.Sprintf("trials=%d", trials), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				w := newWorkplace(b, fmt.Sprintf(`
name: bench
scenarios: [blackmail]
factors: {goal: ["explicit:american-interests"], threat: [replacement]}
models: [anthropic/claude-opus-4, openai/gpt-4.1]
trials: %d
limits: {concurrency: %d}
`, trials/2, benchConcurrency), standin.ServerOptions{Latency: benchLatency})
				b.StartTimer()
				first := timed(b, w)
				b.StopTimer()
				second := timed(b, w)
				ideal := benchLatency * time.Duration(trials/benchConcurrency)
				b.ReportMetric((first.took-second.took).Seconds()/ideal.Seconds(), "×ideal")
				b.ReportMetric(float64(second.took.Milliseconds()), "ms-start+report")
				b.ReportMetric(first.processor.Seconds()/first.took.Seconds(), "cores")
				b.ReportMetric(float64(first.memory)/1e6, "MB")
				b.StartTimer()
			}
		})
	}
}

// BenchmarkToolRun measures a run of sessions with tools in the same way. Reported
// are the turns of a trial, and the time beyond start and report as a multiple of
// what the calls take by themselves, 200 at once.
func BenchmarkToolRun(b *testing.B) {
	const trials = 2000
	for b.Loop() {
		b.StopTimer()
		w := newWorkplace(b, fmt.Sprintf(`
name: bench
scenarios: [blackmail]
factors: {goal: ["explicit:american-interests"], threat: [replacement]}
interfaces: [tools]
models: [anthropic/claude-opus-4, openai/gpt-4.1]
trials: %d
limits: {concurrency: %d}
`, trials/2, benchConcurrency), standin.ServerOptions{Latency: benchLatency})
		b.StartTimer()
		first := timed(b, w)
		b.StopTimer()
		calls := 0
		for _, n := range w.server.calls(b) {
			calls += n
		}
		second := timed(b, w)
		ideal := benchLatency * time.Duration(calls/benchConcurrency)
		b.ReportMetric(float64(calls)/trials, "turns")
		b.ReportMetric((first.took-second.took).Seconds()/ideal.Seconds(), "×ideal")
		b.ReportMetric(float64(second.took.Milliseconds()), "ms-start+report")
		b.ReportMetric(first.processor.Seconds()/first.took.Seconds(), "cores")
		b.ReportMetric(float64(first.memory)/1e6, "MB")
		b.StartTimer()
	}
}

// cost is what a process took.
type cost struct {
	took, processor time.Duration
	memory          int64 // bytes, at the most
}

func timed(b *testing.B, w *workplace) cost {
	b.Helper()
	return timedCommand(b, w, "run", "design.yaml")
}

func timedCommand(b *testing.B, w *workplace, args ...string) cost {
	b.Helper()
	cmd, output := w.command(args...)
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v\n%s", err, output)
	}
	return cost{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakMemory(cmd)}
}

func peakMemory(cmd *exec.Cmd) int64 {
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss * 1024 // Linux counts in KiB
}

// BenchmarkFullStudy runs all 28,800 trials of the paper's multi-model study on
// stand-ins in process, and reports them a second time. Reported are the
// trials for each second, the time of the report alone in ms, and the most
// memory that the process ever held.
func BenchmarkFullStudy(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		w := newWorkplace(b, "", standin.ServerOptions{})
		b.StartTimer()
		full := timedCommand(b, w, "run", "lynch2025/full", "--stand-ins")
		b.StopTimer()
		again := timedCommand(b, w, "report", "lynch2025-full-stand-ins", "--format", "html", "--out", "again.html")
		b.ReportMetric(28_800/full.took.Seconds(), "trials/s")
		b.ReportMetric(float64(again.took.Milliseconds()), "ms-report")
		b.ReportMetric(float64(full.memory)/1e6, "MB")
		b.StartTimer()
	}
}
