package report

import (
	"net/mail"
	"strings"

	"turncoat"
)

// pageTranscript is a transcript as the page shows it.
type pageTranscript struct {
	ID       turncoat.TrialID
	Trial    turncoat.Trial
	Cell     int
	Outcome  string
	Returned string
	StandIn  bool
	Usage    turncoat.Usage
	Prompt   int // the number of the prompt that it was given; 0: none was sent
	Events   []pageEvent
	Own      *saying  // by the report's judge, if it was asked
	Others   []saying // by other judges, and by annotators
	Dispute  []string // who disagrees about it
}

// saying is what a judge or an annotator says of a trial, with the trial that its
// evidence is in.
type saying struct {
	turncoat.Judgement
	ID turncoat.TrialID
}

// prompt is what trials were sent at their beginning. Trials in one world have
// it in common, so a page holds it once.
type prompt struct {
	System string
	Task   string
}

// pageEvent is one event of a transcript.
type pageEvent struct {
	Seq       int
	Clock     string
	Title     string
	Kind      string
	Prompt    int // the event is this prompt, which stands elsewhere
	Reasoning [][]segment
	Segments  []segment
	Calls     []shownCall
	Results   []shownResult
	Mail      *pageMail
	Text      string // of an event without segments

	Verdict *turncoat.Verdict // of the report's judge, if its first evidence lies here
}

// pageMail is the head of a mail that the agent sent or got.
type pageMail struct {
	From, To, Cc, Subject, Attached, Passes string
}

func newPageMail(m turncoat.Mail) *pageMail {
	return &pageMail{To: list(m.To), Cc: list(m.Cc), Subject: m.Subject, Attached: strings.Join(m.Attachments, ", ")}
}

// newTranscript makes a transcript ready to be shown. A prompt that is new is
// added to the page's.
func (p *page) newTranscript(t turncoat.Transcript, judgements []turncoat.Judgement, row pageCell, tr trialRow, prompts map[prompt]int) pageTranscript {
	out := pageTranscript{
		ID: tr.id, Trial: t.Trial, Cell: row.Number, Outcome: tr.outcome, Returned: t.ReturnedModel(),
		Usage: t.Usage(), Dispute: tr.dispute,
	}
	for _, j := range judgements {
		said := saying{j, tr.id}
		if j.Judge == p.Judge {
			out.Own = &said
		} else {
			out.Others = append(out.Others, said)
		}
	}
	out.StandIn = turncoat.IsStandIn(t.Trial.Model) || turncoat.IsStandIn(out.Returned)
	var first prompt
	calls := callNames{}
	for _, e := range t.Events {
		if e.Setup != nil && first.System == "" {
			first.System = e.Setup.System
			continue
		}
		if e.Input != nil && out.Prompt == 0 {
			first.Task = e.Input.Text()
			out.Prompt = p.promptNumber(first, prompts)
			out.Events = append(out.Events, pageEvent{
				Seq: e.Seq, Clock: e.Clock.Format("15:04"), Title: title(e), Kind: string(e.Kind), Prompt: out.Prompt,
			})
			continue
		}
		shown := newPageEvent(e, judgements)
		calls.note(e)
		if e.Input != nil {
			shown.Results = calls.resultsOf(e)
		}
		out.Events = append(out.Events, shown)
	}
	out.repeatVerdict(tr.shown)
	return out
}

// repeatVerdict puts the verdict of the report's judge beside the event that lists
// of trials lead to.
func (t *pageTranscript) repeatVerdict(shown int) {
	if t.Own == nil || t.Own.Verdict == nil {
		return
	}
	for i := range t.Events {
		if t.Events[i].Seq == shown {
			t.Events[i].Verdict = t.Own.Verdict
		}
	}
}

func (p *page) promptNumber(q prompt, prompts map[prompt]int) int {
	n, ok := prompts[q]
	if !ok {
		p.Prompts = append(p.Prompts, q)
		n = len(p.Prompts)
		prompts[q] = n
	}
	return n
}

func newPageEvent(e turncoat.Event, judgements []turncoat.Judgement) pageEvent {
	out := pageEvent{Seq: e.Seq, Clock: e.Clock.Format("15:04"), Title: title(e), Kind: string(e.Kind)}
	switch {
	case e.Reply != nil:
		for _, part := range e.Reply.Message.Parts {
			if part.Reasoning != nil && part.Reasoning.Text != "" {
				out.Reasoning = append(out.Reasoning, reasoningSegments(e.Seq, part.Reasoning.Text, judgements))
			}
		}
		out.Calls = callsOf(e, judgements)
		if e.Reply.Stop != turncoat.StopEnd && e.Reply.Stop != turncoat.StopTools {
			out.Title += ", stopped: " + string(e.Reply.Stop) + " " + e.Reply.StopDetail
		}
		out.Segments = segments(e, judgements)
	case e.Effect != nil && e.Effect.Mail != nil:
		out.Mail = newPageMail(*e.Effect.Mail)
		out.Mail.Passes = strings.Join(e.Effect.Of, ", ")
		out.Segments = segments(e, judgements)
	case e.Effect != nil:
		out.Text = capital(deedOf(*e.Effect))
	case e.Arrival != nil:
		out.Mail = newPageMail(*e.Arrival)
		out.Mail.From = list([]mail.Address{e.Arrival.From})
		out.Segments = segments(e, judgements)
	case e.Input != nil:
		out.Segments = segments(e, judgements)
	case e.Unread != nil:
		out.Text = "An action that was not carried out: " + e.Unread.Reason
	case e.Exit != nil:
		out.Title += " (" + exitLine(*e.Exit) + ")"
		out.Segments = segments(e, judgements)
	case e.Failure != nil:
		out.Text = e.Failure.Stage + ": " + e.Failure.Message
		if len(e.Failure.Attempt) > 0 {
			out.Text += "\n(" + attemptLine(*e.Failure) + ")"
		}
	case e.Ending != nil:
		out.Text = strings.TrimSpace(string(e.Ending.Kind) + " " + e.Ending.Detail)
	}
	return out
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
