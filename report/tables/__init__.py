"""The report's tables, as text; how they look is the templates' business."""
