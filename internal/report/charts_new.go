package report

import "html/template"

func momentChart(_ Moments, _ speaker) (template.HTML, error) { return "", nil }

func curveChart(_ []Curve, _ speaker) (template.HTML, error) { return "", nil }

func segmentChart(_ Segments, _ speaker) (template.HTML, error) { return "", nil }

func dependenceChart(_ Dependence, _ speaker) (template.HTML, error) { return "", nil }

func gainsChart(_ []Decile, _ speaker) (template.HTML, error) { return "", nil }

func cheapestChart(_ *Spend, _ speaker) (template.HTML, error) { return "", nil }

func truthChart(_ []Truth, _ speaker) (template.HTML, error) { return "", nil }

func cohortChart(_ Drift, _ speaker) (template.HTML, error) { return "", nil }
