"""Drives load with Locust, starts and stops servers, records samples."""
