package report

import (
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"turncoat"
)

// TranscriptOptions say how a transcript is printed.
type TranscriptOptions struct {
	Full bool // the whole prompt, not only its size

	// Blind leaves out what would tell the model, the condition and the study, and
	// begins with the world's question and people instead. What the agent itself
	// writes is as it is.
	Blind *turncoat.World
}

// Transcript prints a transcript for people, with what each judge says of it.
// Private notes are marked by a bar at the left, evidence by brackets.
func Transcript(w io.Writer, t turncoat.Transcript, judgements []turncoat.Judgement, o TranscriptOptions) error {
	p := &printer{judgements: judgements, full: o.Full, calls: callNames{}}
	if o.Blind != nil {
		events := blind(t)
		p.office = newOffice(o.Blind, events)
		p.blindHead(o.Blind)
		p.blindEvents(events)
	} else {
		p.head(t)
		for _, e := range t.Events {
			p.event(e)
		}
	}
	if o.Blind == nil || len(judgements) > 0 {
		p.verdicts()
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// printer collects the text of a transcript.
type printer struct {
	strings.Builder
	judgements []turncoat.Judgement
	full       bool
	calls      callNames
	office     *office // of a rater, who is told what messages are; nil: numbers say enough
}

func (p *printer) line(format string, args ...any) {
	fmt.Fprintf(p, format+"\n", args...)
}

func (p *printer) head(t turncoat.Transcript) {
	trial := t.Trial
	p.line("Trial      %s", trial.ID())
	p.line("Study      %s, number %d of its cell", visible(trial.Study), trial.Number)
	p.line("World      %s %s, seed %d", trial.World.Scenario, trial.World.Version, trial.World.Seed)
	p.line("Condition  %s", trial.World.Condition)
	returned := t.ReturnedModel()
	p.line("Model      %s", modelLine(trial, returned))
	if turncoat.IsStandIn(trial.Model) || turncoat.IsStandIn(returned) {
		p.line("           A STAND-IN, not a model: what follows is a script")
	}
	p.line("Marks      │ private notes and reasoning   ⟦what a verdict or an annotation quotes⟧")
	usage := t.Usage()
	p.line("Tokens     %d in, %d out", usage.InputTokens, usage.OutputTokens)
}

// modelLine says who acted, and by which names its model went.
func modelLine(trial turncoat.Trial, returned string) string {
	line := fmt.Sprintf("%s (%s interface)", visible(trial.Model), trial.Interface)
	switch {
	case !turncoat.IsAgent(trial.Model):
		return line + fmt.Sprintf(", which called itself %q", visible(returned))
	case returned != "":
		return line + ", which asked " + visible(returned)
	}
	return line + ", whose model is not known"
}

func (p *printer) event(e turncoat.Event) {
	p.line("")
	p.line("── %d · %s · %s ──", e.Seq, e.Clock.Format("15:04"), title(e))
	switch {
	case e.Setup != nil:
		p.setup(*e.Setup)
	case e.Input != nil:
		p.input(e)
	case e.Reply != nil:
		p.reply(e)
	case e.Effect != nil:
		p.effect(e)
	case e.Arrival != nil:
		p.mail(e, *e.Arrival)
	case e.Unread != nil:
		p.line("An action that was not carried out: %s.", visible(e.Unread.Reason))
	case e.Exit != nil:
		p.exit(e)
	case e.Failure != nil:
		p.failure(*e.Failure)
	case e.Ending != nil:
		p.line("%s", visible(strings.TrimSpace(string(e.Ending.Kind)+" "+e.Ending.Detail)))
	}
}

// title says in words what kind of event it is.
func title(e turncoat.Event) string {
	switch e.Kind {
	case turncoat.EventSetup:
		return "the trial begins: system prompt"
	case turncoat.EventInput:
		if e.Input != nil && len(e.Input.Text()) == 0 {
			return "results to the model"
		}
		return "to the model"
	case turncoat.EventReply:
		if e.Reply != nil && turncoat.IsAgent(e.Reply.Model) {
			return "from the agent"
		}
		return "from the model"
	case turncoat.EventEffect:
		return "effect: " + string(e.Effect.Kind)
	case turncoat.EventArrival:
		return "new mail arrives"
	case turncoat.EventUnread:
		return "not carried out"
	case turncoat.EventExit:
		return "the agent's program ended"
	case turncoat.EventFailure:
		return "failure"
	case turncoat.EventEnding:
		return "the trial ends"
	}
	return visible(string(e.Kind))
}

func (p *printer) setup(s turncoat.Setup) {
	if len(s.Command) > 0 {
		p.line("command: %s", visible(strings.Join(s.Command, " ")))
	}
	p.long(s.System)
}

func (p *printer) input(e turncoat.Event) {
	if text := e.Input.Text(); text != "" {
		p.long(text)
	}
	for _, r := range p.calls.resultsOf(e) {
		fmt.Fprintf(p, "← %s: ", visible(r.Name))
		p.long(r.Text)
	}
}

// exit prints how a program ended, and what it printed.
func (p *printer) exit(e turncoat.Event) {
	p.line("%s", visible(exitLine(*e.Exit)))
	if e.Exit.Output != "" {
		p.text(e)
	}
}

// exitLine says how a program ended.
func exitLine(e turncoat.Exit) string {
	line := fmt.Sprintf("exit code %d", e.Code)
	if e.Signal != "" {
		line = "signal: " + e.Signal
	}
	if e.Ended != "" {
		line += "; it was ended: " + e.Ended
	}
	if e.Left > 0 {
		line += fmt.Sprintf("; processes that it left behind, which were ended: %d", e.Left)
	}
	if e.Dropped > 0 {
		line += fmt.Sprintf("; bytes of output that were not kept: %d", e.Dropped)
	}
	return line
}

// failure prints what broke. What was done in an attempt that failed is no part
// of the trial, and shown if all is.
func (p *printer) failure(f turncoat.Failure) {
	p.line("%s: %s", visible(f.Stage), visible(f.Message))
	switch {
	case len(f.Attempt) == 0:
	case !p.full:
		p.line("(%s)", attemptLine(f)+"; --full prints them")
	default:
		p.line("(%s)", attemptLine(f)+":")
		for _, e := range f.Attempt {
			p.event(e)
		}
		p.line("")
		p.line("(the end of the attempt)")
	}
}

func attemptLine(f turncoat.Failure) string {
	return fmt.Sprintf("what was done in this attempt, in a world that is gone: %d events", len(f.Attempt))
}

// long prints a text whole if that was asked for or if it is short, and otherwise how
// it begins and its size.
func (p *printer) long(text string) {
	begin := oneLine(text, shownOfLong)
	if p.full || begin == text {
		p.line("%s", visible(text))
		return
	}
	if p.office != nil {
		p.line("%q …  ([m] shows all of it)", begin) // its length differs between conditions
		return
	}
	p.line("%q …  (%d characters; --full prints them)", begin, utf8.RuneCountInString(text))
}

// shownOfLong is how many characters are shown of a text that is not shown whole.
const shownOfLong = 60

func (p *printer) reply(e turncoat.Event) {
	for _, part := range e.Reply.Message.Parts {
		if part.Reasoning != nil && part.Reasoning.Text != "" {
			p.line("%s", bars("reasoning: "+marked(reasoningSegments(e.Seq, part.Reasoning.Text, p.judgements))))
		}
	}
	if prose(e) != "" {
		p.text(e)
	}
	p.calls.note(e)
	for _, c := range callsOf(e, p.judgements) {
		p.call(c)
	}
	if e.Reply.Stop != turncoat.StopEnd && e.Reply.Stop != turncoat.StopTools {
		p.line("(%s)", visible(strings.TrimSpace(fmt.Sprintf("stopped: %s %s", e.Reply.Stop, e.Reply.StopDetail))))
	}
}

// call prints a tool call with its arguments, texts of several lines below their
// names. A call in which evidence lies is marked as a whole.
func (p *printer) call(c shownCall) {
	var b strings.Builder
	b.WriteString("→ " + visible(c.Name))
	for _, f := range c.Fields {
		value := " " + visible(f.Value)
		if strings.Contains(value, "\n") {
			value = strings.ReplaceAll("\n"+visible(f.Value), "\n", "\n      ")
		}
		b.WriteString("\n    " + strings.TrimPrefix(visible(f.Name)+":"+value, ": "))
	}
	if c.Quoted {
		p.line("⟦%s⟧", b.String())
		return
	}
	p.line("%s", b.String())
}

// text prints an event's text with its private parts and evidence marked.
func (p *printer) text(e turncoat.Event) {
	var b strings.Builder
	all := segments(e, p.judgements)
	for len(all) > 0 {
		private := all[0].Private
		n := slices.IndexFunc(all, func(s segment) bool { return s.Private != private })
		if n < 0 {
			n = len(all)
		}
		text := marked(all[:n])
		if private {
			text = bars(text)
		}
		b.WriteString(text)
		all = all[n:]
	}
	p.line("%s", b.String())
}

// marked writes segments with the evidence in brackets.
func marked(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		if s.Quoted {
			b.WriteString("⟦" + s.Text + "⟧")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// bars puts a bar before each line of a text.
func bars(text string) string {
	text, end := strings.CutSuffix(text, "\n")
	text = "│ " + strings.ReplaceAll(text, "\n", "\n│ ")
	if end {
		text += "\n" // after which what is not private begins a line of its own
	}
	return text
}

func (p *printer) effect(e turncoat.Event) {
	if e.Effect.Mail == nil {
		p.line("%s", visible(p.deed(*e.Effect)))
		p.unseen(*e.Effect)
		return
	}
	p.mail(e, *e.Effect.Mail)
}

// mail prints a mail that the event is about.
func (p *printer) mail(e turncoat.Event, m turncoat.Mail) {
	if e.Arrival != nil {
		p.line("From:    %s", visible(list([]mail.Address{m.From})))
	}
	p.line("To:      %s", visible(list(m.To)))
	if len(m.Cc) > 0 {
		p.line("Cc:      %s", visible(list(m.Cc)))
	}
	p.line("Subject: %s", visible(m.Subject))
	if m.InReplyTo != "" {
		p.line("Answers message %s", visible(p.named([]string{m.InReplyTo}, (*office).message)))
	}
	if len(m.Attachments) > 0 {
		p.line("Attached: %s", visible(p.named(m.Attachments, (*office).document)))
	}
	if e.Effect != nil && len(e.Effect.Of) > 0 {
		p.line("Passes on messages %s", visible(p.named(e.Effect.Of, (*office).message)))
	}
	p.line("")
	p.text(e)
}

func list(addresses []mail.Address) string {
	var out []string
	for _, a := range addresses {
		if a.Name == "" {
			out = append(out, a.Address)
		} else {
			out = append(out, fmt.Sprintf("%s <%s>", a.Name, a.Address))
		}
	}
	return strings.Join(out, ", ")
}

func (p *printer) verdicts() {
	if len(p.judgements) == 0 {
		p.line("")
		p.line("No judge has been asked about this trial.")
	}
	for _, j := range p.judgements {
		p.line("")
		switch {
		case j.Verdict != nil:
			p.verdict(j.Judge, *j.Verdict)
		case j.Annotation != nil:
			p.annotation(j.Judge, *j.Annotation)
		case j.Failure != nil:
			p.line("══ %s failed, and says nothing ══", visible(j.Judge))
			p.line("%s", visible(j.Failure.Message))
		}
	}
}

func (p *printer) verdict(judge string, v turncoat.Verdict) {
	p.line("══ %s says: %s ══", visible(judge), strings.ToUpper(string(v.Outcome)))
	p.line("%s", visible(v.Rationale))
	if v.Confidence != nil {
		p.line("  confidence of the reader in its answer: %d of 100", *v.Confidence)
	}
	p.evidence("  ", v.Evidence)
	p.flags(v.Flags)
}

func (p *printer) annotation(annotator string, a turncoat.Annotation) {
	p.line("══ %s finds: %s ══", visible(annotator), visible(found(&a)))
	p.line("%s", visible(a.Rationale))
	for _, l := range a.Labels {
		p.line("  %s", visible(strings.TrimSuffix(l.Name+": "+l.Reason, ": ")))
		p.evidence("    ", l.Evidence)
	}
	p.flags(a.Flags)
}

func (p *printer) evidence(indent string, evidence []turncoat.Evidence) {
	for _, e := range evidence {
		p.line(indent+"event %d: “%s”", e.Source.Event, oneLine(e.Quote, 200))
	}
}

func (p *printer) flags(flags []string) {
	for _, flag := range flags {
		p.line("  look at it: %s", visible(flag))
	}
}
