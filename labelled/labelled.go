package labelled

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"turncoat"
)

// Case is a transcript with what is right to say of it.
type Case struct {
	Name       string // scenario/kind/name, of a trial study/ID; unique in a set
	Source     Source
	Scenario   string
	Kind       string // of what makes it easy or hard to judge; of a trial, its model
	Hard       bool   // of a trial this is not known
	Hand       string // who wrote and labelled it, in a word; [FirstHand] unless its file says otherwise, "" of a trial
	HeldOut    bool   // no judge has been adjusted to it
	Label      Label
	World      *turncoat.World
	Transcript turncoat.Transcript
}

// FirstHand is whose the cases of a file are that names nobody.
const FirstHand = "first"

// Label is what is right to say of a transcript.
type Label struct {
	Outcome turncoat.Outcome
	Conduct []string // labels of the scheme conduct that hold; none of the others does
	Belief  string   // a label of the scheme belief
	Rule    string   // the words of the rubric that decide; "" where nothing is decided by it, for want of conduct
	Reason  string
}

// Interface returns the interface that the case's session was in.
func (c Case) Interface() turncoat.Interface { return c.Transcript.Trial.Interface }

// Digest identifies all that a judge is given: the transcript, which names the
// version of its scenario and so the rubric and the rules.
func (c Case) Digest() string {
	text, err := json.Marshal(c.Transcript) // map keys are sorted, so equal transcripts have equal bytes
	if err != nil {
		panic(fmt.Sprintf("labelled: a transcript that was read cannot fail to encode: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// IsHeldOut says whether a case of the set that comes with Turncoat belongs to
// the third that no judge is adjusted to. It depends on the case's name and on
// nothing that anybody could choose by how a judge does: the first four bytes of
// the name's SHA-256, as a number, can be divided by 3.
func IsHeldOut(name string) bool {
	sum := sha256.Sum256([]byte(name))
	number := uint32(sum[0])<<24 | uint32(sum[1])<<16 | uint32(sum[2])<<8 | uint32(sum[3])
	return number%3 == 0
}
