package main

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"turncoat/study"
)

// progress shows how far a run has come: as a bar in a terminal, and as a line
// for every tenth of the work elsewhere.
type progress struct {
	name       string
	judging    bool // transcripts that are there, instead of running trials
	annotating bool // such transcripts
	labelled   bool // the transcripts are labelled ones, and no trials that a run is of
	out        io.Writer

	mu      sync.Mutex
	now     study.Progress
	started bool
	bars    *mpb.Progress
	bar     *mpb.Bar
	tenth   int
	said    string // the last line
}

func newProgress(out io.Writer, name string) *progress {
	return &progress{name: name, out: out}
}

// show takes the state of the run after a trial. It is safe for concurrent use.
func (p *progress) show(now study.Progress) {
	bar := p.note(now)
	if bar != nil {
		bar.SetCurrent(int64(p.settled(now))) // not under the lock, which the bar's own goroutine takes in line
	}
}

// note keeps the state, and returns the bar that shows it, if there is one.
func (p *progress) note(now study.Progress) *mpb.Bar {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Begun < p.now.Begun {
		return nil // a slower goroutine's older news
	}
	p.now = now
	if !p.started {
		p.started = true
		p.begin()
	}
	if p.bar != nil {
		return p.bar
	}
	if tenth := 10 * p.settled(now) / max(p.all(now), 1); tenth > p.tenth {
		p.tenth = tenth
		p.say(p.describe(now))
	}
	return nil
}

// say prints a line, unless it is the last one again.
func (p *progress) say(line string) {
	if line != p.said {
		p.said = line
		fmt.Fprintf(p.out, "%s: %s\n", p.name, line)
	}
}

func (p *progress) begin() {
	file, ok := p.out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return
	}
	p.bars = mpb.New(mpb.WithOutput(file), mpb.WithWidth(32))
	p.bar = p.bars.AddBar(int64(p.all(p.now)),
		mpb.PrependDecorators(decor.Name(p.name+" ")),
		mpb.AppendDecorators(
			decor.Any(func(decor.Statistics) string { return p.line() }),
			decor.Name("  "),
			decor.OnComplete(decor.AverageETA(decor.ET_STYLE_GO), ""),
			decor.OnComplete(decor.Name(" left"), ""),
		),
		mpb.BarRemoveOnComplete(),
	)
}

func (p *progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return " " + p.describe(p.now)
}

// done ends the display and says in a line what the run did.
func (p *progress) done(now study.Progress) {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
	switch {
	case now.Planned == 0:
	case now.Begun == 0 && now.Complete():
		fmt.Fprintf(p.out, "%s: all %d trials had finished and been %s before; nothing was run.\n", p.name, now.Planned, p.read())
	default:
		p.say(p.describe(now))
	}
	if now.Stopped != "" {
		fmt.Fprintf(p.out, "%s: stopped early: %s\n", p.name, now.Stopped)
	}
}

// rereads reports whether transcripts that are there are read, instead of
// running trials.
func (p *progress) rereads() bool { return p.judging || p.annotating }

// read says what is done with transcripts.
func (p *progress) read() string {
	switch {
	case p.judging && p.annotating:
		return "judged and annotated"
	case p.annotating:
		return "annotated"
	}
	return "judged"
}

// settled returns how many trials need nothing more, and all how many there are.
func (p *progress) settled(now study.Progress) int {
	if p.rereads() {
		return min(now.Judged, now.Annotated)
	}
	return now.Finished + now.Failed
}

func (p *progress) all(now study.Progress) int {
	if p.rereads() {
		return now.Finished
	}
	return now.Planned
}

// describe puts a run's state in a line: what went right first, then what did
// not.
func (p *progress) describe(now study.Progress) string {
	if p.labelled {
		return fmt.Sprintf("verdicts on %d of %d labelled transcripts", now.Judged, now.Planned)
	}
	if p.rereads() {
		return fmt.Sprintf("%d of %d finished trials %s", p.settled(now), now.Finished, p.read())
	}
	line := fmt.Sprintf("%d of %d trials finished", now.Finished, now.Planned)
	if unjudged := now.Finished - now.Judged; unjudged > 0 {
		line += fmt.Sprintf(", %d without a verdict", unjudged)
	}
	if missing := now.Finished - now.Annotated; missing > 0 {
		line += fmt.Sprintf(", %d without an annotation", missing)
	}
	if now.Failed > 0 {
		line += fmt.Sprintf(", %d failed", now.Failed)
	}
	if now.Cost > 0 {
		line += fmt.Sprintf(", $%.2f", now.Cost)
	}
	return line
}
