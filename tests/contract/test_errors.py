from contract.errors import ExperimentError, PerbillionError, nearest


def test_an_error_says_where_what_and_what_to_do():
    error = PerbillionError("it is broken", where="file.json", remedy="mend it")
    assert str(error) == "file.json: it is broken (mend it)"
    assert str(PerbillionError("it is broken")) == "it is broken"
    assert isinstance(ExperimentError("x"), PerbillionError)


def test_the_nearest_name_is_told_only_where_one_is_near():
    assert nearest("digts", ["digits", "mnist"]) == "did you mean 'digits'? valid: digits, mnist"
    assert nearest("zzz", ["digits", "mnist"]) == "valid: digits, mnist"
