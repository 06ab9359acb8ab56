package study

import (
	"context"
	"slices"
	"strconv"
	"time"

	"turncoat"
	"turncoat/judge"
)

// readings say what a finished trial has of what a run wants to be read of it. A
// run without a judge wants no verdict, and an invalid trial no annotation; both
// then count as there.
type readings struct {
	verdict     bool
	annotations []bool                       // in the order of the run's annotators
	spent       map[string][]turncoat.Charge // what attempts before took, by the judge's or annotator's name
}

// noteSpent notes what a reading took that is made anew.
func (d *readings) noteSpent(j *turncoat.Judgement) {
	charges := judge.Took(j)
	if len(charges) == 0 {
		return
	}
	if d.spent == nil {
		d.spent = map[string][]turncoat.Charge{}
	}
	d.spent[j.Judge] = charges
}

func (d readings) annotated() bool { return !slices.Contains(d.annotations, false) }

func (d readings) complete() bool { return d.verdict && d.annotated() }

// readingsOf returns what a finished trial has, by what is kept of it.
func (r *run) readingsOf(invalid bool, verdict *turncoat.Judgement, annotations []*turncoat.Judgement) readings {
	d := readings{verdict: r.Judge == nil || verdict != nil && verdict.Verdict != nil}
	if !isReading(verdict) {
		d.noteSpent(verdict)
	}
	for _, j := range annotations {
		d.annotations = append(d.annotations, invalid || j != nil && j.Annotation != nil)
		if !isReading(j) {
			d.noteSpent(j)
		}
	}
	return d
}

// isReading reports whether a judgement is one, and no failure.
func isReading(j *turncoat.Judgement) bool { return j != nil && j.Failure == nil }

// judgementOf returns the judgement of a judge or an annotator, or nil if there is none.
func judgementOf(name string, judgements []turncoat.Judgement) *turncoat.Judgement {
	i := slices.IndexFunc(judgements, func(j turncoat.Judgement) bool { return j.Judge == name })
	if i < 0 {
		return nil
	}
	return &judgements[i]
}

// stored reads from the store what a trial has. Another process may have got
// further than this one knows, or this one's last moment before it was killed.
func (r *run) stored(ctx context.Context, t turncoat.Transcript) (readings, error) {
	judgements, err := r.Store.Judgements(ctx, t.Trial.ID())
	if err != nil {
		return readings{}, err
	}
	annotations := make([]*turncoat.Judgement, len(r.Annotators))
	for i, name := range r.annotatorNames() {
		annotations[i] = judgementOf(name, judgements)
	}
	return r.readingsOf(t.Ending().Invalid(), judgementOf(r.judgeName(), judgements), annotations), nil
}

// surveyReadings returns what a record's trial has of what the run wants, and
// counts it. What it has cost is counted of all that the record has, also of what
// this run leaves for later.
func (r *run) surveyReadings(record turncoat.Record) readings {
	r.spend(record.Trial.Model, r.readingCost(record))
	invalid := record.Ending != nil && record.Ending.Invalid()
	annotations := record.Annotations
	if len(r.Annotators) == 0 {
		annotations = nil
	}
	d := r.readingsOf(invalid, record.Judgement, annotations)
	r.countReadings(d, r.nothingRead())
	return d
}

// readingCost returns what was spent on reading a record's trial, on attempts that
// failed too.
func (r *run) readingCost(record turncoat.Record) float64 {
	cost := 0.0
	for _, j := range append([]*turncoat.Judgement{record.Judgement}, record.Annotations...) {
		cost += r.cost(judge.Took(j)...)
	}
	return cost
}

// nothingRead is what a trial has of which nothing has been read. Its annotations
// are missing even in a run that wants none, so that every finished trial is
// counted as annotated once.
func (r *run) nothingRead() readings {
	return readings{annotations: make([]bool, max(1, len(r.Annotators)))}
}

// countReadings adds to the progress what a trial has now and had not before.
func (r *run) countReadings(now, before readings) {
	r.count(func(p *Progress) {
		if now.verdict && !before.verdict {
			p.Judged++
		}
		if now.annotated() && !before.annotated() {
			p.Annotated++
		}
	})
}

// read asks the judge and the annotators for what a finished trial has not yet,
// and stores it. What fails is stored as a failure, and keeps the others from
// nothing.
func (r *run) read(ctx context.Context, w *turncoat.World, t turncoat.Transcript, before readings) (now readings, err error) {
	now = readings{verdict: before.verdict || r.Judge == nil, annotations: make([]bool, len(r.Annotators))}
	if !now.verdict {
		if now.verdict, err = r.judgeTrial(ctx, w, t, before.spent[r.judgeName()]); err != nil {
			return now, err
		}
	}
	for i, a := range r.Annotators {
		now.annotations[i] = before.annotations[i] || t.Ending().Invalid()
		if now.annotations[i] {
			continue
		}
		if now.annotations[i], err = r.annotateTrial(ctx, a, w, t, before.spent[a.Name()]); err != nil {
			return now, err
		}
	}
	return now, nil
}

// judgeTrial asks the judge, and stores a verdict or a failure, with what attempts
// took that failed before. It reports whether there is a verdict.
func (r *run) judgeTrial(ctx context.Context, w *turncoat.World, t turncoat.Transcript, before []turncoat.Charge) (bool, error) {
	if r.breaker(judgeBreaker).open() != "" {
		return false, nil // the trial is kept, and has no verdict
	}
	noting, ledger := judge.WithLedger(ctx)
	verdict, err := r.Judge.Judge(noting, w, t)
	cost := r.cost(judge.Charges(r.Judge.Name(), verdict)...) + r.cost(judge.Spent(err)...)
	judge.AddSpent(r.Judge.Name(), &verdict, before)
	judgement, err := r.keep(ctx, t, turncoat.Judgement{Judge: r.Judge.Name(), Verdict: &verdict}, "judge", err, before)
	if err == nil {
		err = ledger.Settle(ctx, r.Store)
	}
	if err != nil {
		return false, err
	}
	r.noteReading(judgeBreaker, "judge", judgement)
	r.spend(t.Trial.Model, cost)
	return judgement.Verdict != nil, nil
}

// annotateTrial asks an annotator, and stores an annotation or a failure, with what
// attempts took that failed before. It reports whether there is an annotation.
func (r *run) annotateTrial(ctx context.Context, a turncoat.Annotator, w *turncoat.World, t turncoat.Transcript, before []turncoat.Charge) (bool, error) {
	breaker := annotatorBreaker(a.Name())
	if r.breaker(breaker).open() != "" {
		return false, nil // the trial is kept, and has no annotation
	}
	noting, ledger := judge.WithLedger(ctx)
	annotation, err := a.Annotate(noting, w, t)
	cost := r.cost(judge.AnnotationCharges(a.Name(), annotation)...) + r.cost(judge.Spent(err)...)
	judge.AddSpentAnnotating(a.Name(), &annotation, before)
	judgement, err := r.keep(ctx, t, turncoat.Judgement{Judge: a.Name(), Annotation: &annotation}, "annotator", err, before)
	if err == nil {
		err = ledger.Settle(ctx, r.Store)
	}
	if err != nil {
		return false, err
	}
	r.noteReading(breaker, "annotator", judgement)
	r.spend(t.Trial.Model, cost)
	return judgement.Annotation != nil, nil
}

// keep stores what came of asking a judge or an annotator: what it says, or the
// failure that takes its place, with what it and attempts before it took. The error
// is the store's, or ctx's; a failure of who was asked is in the judgement.
func (r *run) keep(ctx context.Context, t turncoat.Transcript, j turncoat.Judgement, stage string, asked error, before []turncoat.Charge) (turncoat.Judgement, error) {
	j.Trial, j.At = t.Trial.ID(), time.Now().UTC()
	switch {
	case asked == nil:
		return j, r.Store.SaveJudgement(ctx, j)
	case ctx.Err() != nil:
		return j, ctx.Err()
	}
	took := judge.Spent(asked)
	j.Verdict, j.Annotation = nil, nil
	j.Failure = &turncoat.Failure{Stage: stage, Kind: turncoat.ErrorKindOf(asked), Message: asked.Error(), Charges: slices.Concat(before, took)}
	if err := r.addToKept(ctx, j, took); err != nil {
		return j, err
	}
	return j, r.Store.SaveJudgement(ctx, j)
}

// addToKept adds what a failure took to the verdict or the annotation that is kept of
// who failed, if there is one. No failure replaces it in the store, and the money is
// spent all the same.
func (r *run) addToKept(ctx context.Context, failed turncoat.Judgement, took []turncoat.Charge) error {
	if len(took) == 0 {
		return nil
	}
	judgements, err := r.Store.Judgements(ctx, failed.Trial)
	if err != nil {
		return err
	}
	kept := judgementOf(failed.Judge, judgements)
	switch {
	case !isReading(kept):
		return nil
	case kept.Verdict != nil:
		judge.AddSpent(kept.Judge, kept.Verdict, took)
	case kept.Annotation != nil:
		judge.AddSpentAnnotating(kept.Judge, kept.Annotation, took)
	}
	return r.Store.SaveJudgement(ctx, *kept)
}

// noteReading tells the breaker of a judge or an annotator what came of asking.
func (r *run) noteReading(breaker, who string, j turncoat.Judgement) {
	if r.patient {
		return
	}
	r.breaker(breaker).note(j.Failure)
	if why := r.breaker(breaker).open(); why != "" {
		r.count(func(p *Progress) { p.Stopped = "the " + who + " " + j.Judge + " is not asked any more: " + why })
	}
}

// judgeName returns the name under which verdicts are kept, or "" if no verdict
// is wanted.
func (r *run) judgeName() string {
	if r.Judge == nil {
		return ""
	}
	return r.Judge.Name()
}

// annotatorNames returns the names under which annotations are kept.
func (r *run) annotatorNames() []string {
	var names []string
	for _, a := range r.Annotators {
		names = append(names, a.Name())
	}
	return names
}

// paidJudge returns the name of the judge whose verdicts count in the costs: the
// run's or, where it leaves judging for later, that of its design, who may have
// judged what earlier runs left.
func (r *run) paidJudge() (string, error) {
	if r.Judge == nil && r.plan.Study.Judge != "" {
		return judge.NameOf(r.plan.Study.Judge)
	}
	return r.judgeName(), nil
}

// paidAnnotators returns the names of the annotators whose annotations count in the
// costs, as [run.paidJudge] does.
func (r *run) paidAnnotators() ([]string, error) {
	if len(r.Annotators) > 0 {
		return r.annotatorNames(), nil
	}
	var names []string
	for _, spec := range r.plan.Study.Annotators {
		name, err := judge.AnnotatorName(spec)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// ReaderModels returns the models that a study's judge and annotators ask, each once
// for each time that it reads a trial.
func ReaderModels(s turncoat.Study) []string {
	models := judge.ModelsOf(s.Judge)
	for _, spec := range s.Annotators {
		if model := judge.AnnotatorModel(spec); model != "" {
			models = append(models, model)
		}
	}
	return models
}

// annotators checks a design's annotators. Two specs of one annotator would ask
// it twice for the same.
func (c *checker) annotators(specs []string) {
	var names []string
	for i, spec := range specs {
		name, err := judge.AnnotatorName(spec)
		if err != nil {
			c.report(annotatorPath(i), "%v", err)
			continue
		}
		if slices.Contains(names, name) {
			c.report(annotatorPath(i), "the annotator %s is listed twice", name)
		}
		names = append(names, name)
	}
}

func annotatorPath(i int) string { return "$.annotators[" + strconv.Itoa(i) + "]" }
