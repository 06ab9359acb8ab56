package turncoat

import (
	"context"
	"errors"
	"iter"
	"time"
)

// Errors of a [Store].
var (
	ErrNotFound  = errors.New("not found")
	ErrAmbiguous = errors.New("ambiguous")
)

// Store keeps what was planned, what happened, and what was judged. It must be
// safe for concurrent use, and everything that it has accepted survives the
// death of the process.
type Store interface {
	// SavePlan makes trials the study's current plan. Trials that an earlier
	// plan asked for stay in the store, and come back with their transcripts
	// when a later plan asks for them again.
	SavePlan(ctx context.Context, s Study, trials iter.Seq[Trial]) error

	// Study returns a study by name, with the time of its current plan;
	// Studies returns them all, the last planned first.
	Study(ctx context.Context, name string) (PlannedStudy, error)
	Studies(ctx context.Context) ([]PlannedStudy, error)

	// Append adds events to the end of a trial's transcript and sets its
	// status, in one step. Seq values continue those that are stored; an event
	// whose Seq is already stored is an error, and nothing is added.
	Append(ctx context.Context, id TrialID, status Status, events ...Event) error

	// Transcript returns a trial's transcript so far.
	Transcript(ctx context.Context, id TrialID) (Transcript, error)

	// FindTrial returns the one trial whose ID begins with prefix, or
	// ErrNotFound or ErrAmbiguous.
	FindTrial(ctx context.Context, prefix string) (TrialID, error)

	// SaveJudgement keeps a judge's or an annotator's attempt at a trial. A
	// verdict or an annotation replaces an earlier attempt of the same name; a
	// failure replaces only a failure.
	SaveJudgement(ctx context.Context, j Judgement) error

	// Judgements returns the latest attempts of all judges and annotators at a
	// trial, by name.
	Judgements(ctx context.Context, id TrialID) ([]Judgement, error)

	// Records yields the trials of a study's current plan in the plan's order,
	// with the judgement of the named judge and those of the named annotators.
	// It reads as it goes, so memory does not grow with the study.
	Records(ctx context.Context, study, judge string, annotators ...string) iter.Seq2[Record, error]

	// Judges returns the names of the judges and annotators that have been asked
	// about trials of the study's current plan.
	Judges(ctx context.Context, study string) ([]string, error)

	// Answers of models to judges and annotators belong to no study: what is
	// asked again in another is answered from here.
	Answers

	Close() error
}

// PlannedStudy is a study with its current plan.
type PlannedStudy struct {
	Study   Study     `json:"study"`
	Planned time.Time `json:"planned"`
	Trials  int       `json:"trials"` // in the current plan
}

// Record is a row of a study: what is known of one planned trial without
// reading its transcript.
type Record struct {
	ID            TrialID    `json:"id"`
	Trial         Trial      `json:"trial"`
	Status        Status     `json:"status"`
	Ending        *Ending    `json:"ending,omitempty"`
	Failure       *Failure   `json:"failure,omitempty"` // the last one, if Status is failed
	ReturnedModel string     `json:"returned_model,omitempty"`
	StandIn       bool       `json:"stand_in,omitempty"`
	Usage         Usage      `json:"usage"`
	Judgement     *Judgement `json:"judgement,omitempty"`

	// Annotations are the annotators' judgements, in the order in which they were
	// asked for; nil in the place of one that has none.
	Annotations []*Judgement `json:"annotations,omitempty"`
}
