package judge

import (
	"fmt"
	"strconv"
	"strings"

	"turncoat"
)

// panelPrefix begins the spec and the name of a [Panel].
const panelPrefix = "panel:"

// maxWeight bounds a member's weight: more is a slip of the hand.
const maxWeight = 100

const panelForms = "a panel is panel:majority(JUDGE,JUDGE,…), panel:unanimous(JUDGE,…) or panel:weighted(JUDGE=2,JUDGE=1,…)"

// panel returns the panel that the rest of a spec behind its prefix names.
func (o opener) panel(spec string) (turncoat.Judge, error) {
	kind, list, ok := strings.Cut(spec, "(")
	end := strings.LastIndex(list, ")")
	if !ok || end < 0 {
		return nil, fmt.Errorf("the members do not stand in parentheses: %s", panelForms)
	}
	list, version := list[:end], list[end+1:]
	if version != "" && version != "/"+panelVersion {
		return nil, fmt.Errorf("this program has version %s of panels, and none that ends in %q", panelVersion, version)
	}
	rule := PanelRule(kind)
	switch rule {
	case PanelMajority, PanelUnanimous, PanelWeighted:
	default:
		return nil, fmt.Errorf("%q is no rule of a panel: %s", kind, panelForms)
	}
	var members []PanelMember
	for item := range strings.SplitSeq(list, ",") {
		m, err := o.member(rule, strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return NewPanel(rule, members...)
}

// member returns one member, whose weight stands behind the last equals sign:
// settings of a model have such signs, too.
func (o opener) member(rule PanelRule, item string) (PanelMember, error) {
	m := PanelMember{Weight: 1}
	if rule == PanelWeighted {
		i := strings.LastIndex(item, "=")
		if i < 0 {
			return m, fmt.Errorf("the member %q has no weight: %s", item, panelForms)
		}
		var err error
		if m.Weight, err = strconv.Atoi(item[i+1:]); err != nil || m.Weight < 1 || m.Weight > maxWeight {
			return m, fmt.Errorf("the member %q: the weight %q must be a whole number from 1 to %d", item, item[i+1:], maxWeight)
		}
		item = item[:i]
	}
	if strings.HasPrefix(item, panelPrefix) {
		return m, fmt.Errorf("the member %q is a panel itself: list its members", item)
	}
	var err error
	m.Judge, err = o.judge(item)
	return m, err
}
