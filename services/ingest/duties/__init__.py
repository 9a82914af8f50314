"""Which department (处室) of the bureau answers for which part of the exchange of credit information (职责分工)."""
