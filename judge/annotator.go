package judge

import (
	"errors"

	"turncoat"
)

// errNoConduct is the error of an annotator that is given an invalid trial.
var errNoConduct = errors.New("the trial is invalid, so there is no conduct to annotate: do not ask")

// admitConduct refuses transcripts that an annotator cannot read: all that a
// judge refuses, and those that a judge calls invalid.
func admitConduct(w *turncoat.World, t turncoat.Transcript) error {
	decided, err := admit(w, t)
	if err != nil {
		return err
	}
	if decided != nil {
		return errNoConduct
	}
	return nil
}
