package calibration

import (
	"turncoat/stats"
)

// People are whose word the labels of a study's trials are, and what part of the
// study they have judged.
type People struct {
	Raters      []string `json:"raters" jsonschema:"who judged the trials"`
	Rater       string   `json:"rater,omitempty" jsonschema:"whose word counts where nothing is adjudicated; left out: what all raters say"`
	Digest      string   `json:"digest,omitempty" jsonschema:"of the labelled trials and their labels: another one says that people have judged more, or otherwise, since"`
	Adjudicated int      `json:"adjudicated" jsonschema:"of the labels, how many were adjudicated"`
	Disputed    int      `json:"disputed" jsonschema:"trials on which raters disagree and which nobody has settled; they are not among the labelled ones"`
	Rated       Flagged  `json:"rated" jsonschema:"the trials that people have judged, disputed ones too"`
	Others      Flagged  `json:"others" jsonschema:"the study's other finished trials"`
}

// Flagged counts trials, and those of them that reports flag for a person.
type Flagged struct {
	Trials  int `json:"trials"`
	Flagged int `json:"flagged" jsonschema:"of these, how many have a verdict that a judge doubts, or judges that disagree about it"`
}

// Picked reports whether the trials that people judged were picked by what judges
// say of them: flagged ones are more frequent among them than among the others, by
// more than chance explains. The share of them that a judge gets wrong is then not
// the share that it gets wrong in the study (Begg and Greenes 1983, on
// verification bias).
func (p *People) Picked() bool {
	if p.Rated.Trials == 0 || p.Others.Trials == 0 {
		return false
	}
	return stats.Difference(p.Rated.Flagged, p.Rated.Trials, p.Others.Flagged, p.Others.Trials, Confidence).Low > 0
}
