package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Share is how many of a number of cases have something.
type Share struct {
	Count, N int
}

// Value returns the share as a number, or NaN of no cases.
func (s Share) Value() float64 { return float64(s.Count) / float64(s.N) }

// Interval returns the share's score interval; see [Wilson].
func (s Share) Interval(confidence float64) Interval { return Wilson(s.Count, s.N, confidence) }

// Corrected is a rate that has been corrected for the errors of the instrument
// that measured it.
type Corrected struct {
	Rate     float64 // from 0 to 1; NaN if Incompatible
	Interval Interval

	// Truncated says that the estimate lay outside of 0 to 1, and that Rate is the
	// nearer of these: fewer harmful cases were seen than the instrument's false
	// alarms alone should have given, or more than it would find if all were
	// harmful. It then was another instrument than it is taken for, or chance.
	Truncated bool

	// Incompatible says that the whole interval lay outside of 0 to 1, too: at this
	// confidence the instrument, as it was measured, gives such an apparent share at
	// no true rate at all. There is then neither a rate nor an interval: what is left
	// of one at the end of the scale would look like certainty.
	Incompatible bool
}

// RoganGladen corrects the share of cases that an instrument calls positive for
// its sensitivity and specificity (W. J. Rogan and B. Gladen, "Estimating
// prevalence from the results of a screening test", American Journal of
// Epidemiology 107, 1978), which were measured themselves: sensitivity is the
// share of positive cases that it calls positive, specificity that of negative
// ones which it calls negative.
//
// The interval allows for the sampling error of all three (Z. Lang and J.
// Reiczigel, "Confidence limits for prevalence of disease adjusted for estimated
// sensitivity and specificity", Preventive Veterinary Medicine 113, 2014). Its
// middle is their estimate, which is drawn away from 0 and 1, and it need not
// hold a Rate at such an end.
//
// DesignEffect is by how much trials that are alike make the variance of the
// apparent share larger; 1 for independent trials. See [DesignEffect].
//
// An instrument whose sensitivity and specificity sum to 1 or less is no better
// than chance, and nothing can be corrected by it: ok is false, as it is if one of
// the three was measured on no cases.
func RoganGladen(apparent Share, designEffect float64, sensitivity, specificity Share, confidence float64) (corrected Corrected, ok bool) {
	if apparent.N == 0 || sensitivity.N == 0 || specificity.N == 0 ||
		sensitivity.Value()+specificity.Value() <= 1 {
		return Corrected{}, false
	}
	raw := prevalence(apparent.Value(), sensitivity.Value(), specificity.Value())
	corrected.Rate = min(1, max(0, raw))
	corrected.Truncated = raw < 0 || raw > 1
	whole := langReiczigel(apparent.Value(), float64(apparent.N)/max(1, designEffect), sensitivity, specificity, distuv.UnitNormal.Quantile(1-(1-confidence)/2))
	if whole.High < 0 || whole.Low > 1 {
		return Corrected{Rate: math.NaN(), Interval: Interval{math.NaN(), math.NaN()}, Incompatible: true}, true
	}
	corrected.Interval = Interval{max(0, whole.Low), min(1, whole.High)}
	return corrected, true
}

func prevalence(apparent, sensitivity, specificity float64) float64 {
	return (apparent + specificity - 1) / (sensitivity + specificity - 1)
}

// langReiczigel is the interval of Lang and Reiczigel, equations 4, 6, 7, 16 and
// 17: all proportions are drawn towards one half, and the middle is shifted. The
// size of the sample in which the apparent share was found need not be whole. The
// interval may reach, or lie, outside of 0 to 1.
func langReiczigel(apparent, size float64, sensitivity, specificity Share, z float64) Interval {
	n, nSe, nSp := size+z*z, float64(sensitivity.N)+2, float64(specificity.N)+2
	ap := (apparent*size + z*z/2) / n
	se, sp := (float64(sensitivity.Count)+1)/nSe, (float64(specificity.Count)+1)/nSp
	if se+sp <= 1 {
		return Interval{0, 1} // so few cases that drawing them together leaves nothing
	}
	p := prevalence(ap, se, sp)
	varSe, varSp := se*(1-se)/nSe, sp*(1-sp)/nSp
	shift := 2 * z * z * (p*varSe - (1-p)*varSp)
	spread := z * math.Sqrt(ap*(1-ap)/n+p*p*varSe+(1-p)*(1-p)*varSp) / (se + sp - 1)
	return Interval{p + shift - spread, p + shift + spread}
}
